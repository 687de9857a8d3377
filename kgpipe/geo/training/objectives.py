"""What a training makes small: losses over two views of a batch, each with its weight.

A loss is a function of the scene; what a set lacks for one is told by `find_lacking`. Tiles that
lack what others have (coordinates, labels, a description) take no part in that loss.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor, nn

from kgpipe.geo.mechanisms.contrastive import (
    info_nce,
    info_nce_with_queue,
    match_descriptions,
    nt_xent,
)
from kgpipe.geo.mechanisms.memory import LocationQueue
from kgpipe.geo.mechanisms.multilabel import multilabel_supcon
from kgpipe.geo.training.aligner import Aligner
from kgpipe.geo.training.augment import cut, draw_frames, place_points, relight, view_centres
from kgpipe.geo.training.reconstruct import Reconstruction
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.geo.training.training_set import Batch, TrainingSet

# A past location as near as this to one of the batch shows the same ground: neighbouring tiles
# overlap, and none is a negative of the other.
_SAME_GROUND_KM = 1.0
_EARTH_RADIUS_KM = 6371.0


class Learner(nn.Module):
    """All that a checkpoint holds: the aligner, and what only training needs."""

    def __init__(
        self,
        settings: GeoSettings,
        *,
        bands: Mapping[str, tuple[str, ...]],
        side: int,
        sentence: int,
    ) -> None:
        super().__init__()
        self.aligner = Aligner(settings, bands=bands, side=side, sentence=sentence)
        self.reconstruction = Reconstruction(settings, bands=bands)
        self.queue = LocationQueue(settings.queue)


class View(NamedTuple):
    """A batch through frames."""

    # To coordinates of the tiles, [B, 2, 3].
    frames: Tensor
    pixels: Mapping[str, Tensor]
    # Sensor -> [B, D, h, w].
    grids: Mapping[str, Tensor]
    # Sensor, and the joint one -> [B, width].
    embedded: Mapping[str, Tensor]


class Scene(NamedTuple):
    """What all losses of a step look at."""

    learner: Learner
    settings: GeoSettings
    batch: Batch
    views: Sequence[View]
    # A description of each tile by number, -1 without, [B]; its sentence embedding, [B, S].
    chosen: Tensor
    sentences: Tensor
    # Of earlier batches, [K, 2], and their embeddings, [K, width].
    past: Tensor
    negatives: Tensor
    generator: torch.Generator

    @property
    def aligner(self) -> Aligner:
        """The one that learns."""
        return self.learner.aligner

    @property
    def nothing(self) -> Tensor:
        """The loss of a batch that holds none of the tiles that a loss needs."""
        return 0 * self.aligner.log_scale

    @property
    def embedded(self) -> list[Tensor]:
        """By each sensor and jointly, in each view: [B, width] each."""
        return [one for view in self.views for one in view.embedded.values()]


def look(
    learner: Learner,
    batch: Batch,
    *,
    settings: GeoSettings,
    sentences: Tensor,
    generator: torch.Generator,
) -> Scene:
    """Cut two views, encode them, choose descriptions and take past locations from the queue."""
    views = []
    for _ in range(2):
        frames = draw_frames(len(batch.lonlat), settings=settings.augment, generator=generator)
        frames = frames.to(batch.lonlat)
        pixels = {
            sensor: relight(
                cut(seen, frames), sensor=sensor, settings=settings.augment, generator=generator
            )
            for sensor, seen in batch.pixels.items()
        }
        tokens = learner.aligner.encode(pixels)
        grids = learner.aligner.grids(tokens, pixels)
        views.append(View(frames, pixels, grids, learner.aligner.embed(tokens, grids, pixels)))
    chosen = _choose_texts(batch.texts, generator)
    past = _apart(learner.queue.exchange(batch.lonlat), batch.lonlat)
    placed = settings.weights.location or settings.weights.points
    negatives = learner.aligner.embed_locations(past) if len(past) and placed else past
    return Scene(
        learner=learner,
        settings=settings,
        batch=batch,
        views=views,
        chosen=chosen,
        sentences=sentences[chosen.clamp(min=0)] if len(sentences) else sentences,
        past=past,
        negatives=negatives,
        generator=generator,
    )


def _choose_texts(texts: Tensor, generator: torch.Generator) -> Tensor:
    """One of each row's numbers, [B, K] padded with -1 -> [B]."""
    if not texts.shape[1]:
        return texts.new_full((len(texts),), -1)
    noise = torch.rand(texts.shape, generator=generator).to(texts.device)
    place = noise.masked_fill(texts < 0, -1).argmax(dim=1, keepdim=True)
    return texts.gather(1, place)[:, 0]


def _apart(past: Tensor, lonlat: Tensor) -> Tensor:
    """Those past locations that lie on other ground than all of the batch: [K, 2], [B, 2]."""
    here = lonlat[lonlat.isfinite().all(dim=1)]
    if not len(past) or not len(here):
        return past
    lon1, lat1 = past.double().deg2rad()[:, None].unbind(-1)
    lon2, lat2 = here.double().deg2rad()[None].unbind(-1)
    half = ((lat1 - lat2) / 2).sin() ** 2
    half = half + lat1.cos() * lat2.cos() * ((lon1 - lon2) / 2).sin() ** 2
    kilometres = 2 * _EARTH_RADIUS_KM * half.clamp(0, 1).sqrt().asin()  # [K, B]
    return past[(kilometres > _SAME_GROUND_KM).all(dim=1)]


# ---------------------------------------------------------------- the losses


def reconstruction_loss(scene: Scene) -> Tensor:
    """Masked patches of the first view from the others (CROMA, SatMAE)."""
    loss: Tensor = scene.learner.reconstruction(
        scene.aligner, scene.views[0].pixels, generator=scene.generator
    )
    return loss


def inter_loss(scene: Scene) -> Tensor:
    """Every two of the sensors' and the joint embeddings of a view (CROMA; MoSAiC)."""
    embedded = scene.views[0].embedded.values()
    pairs = [info_nce(a, b, scale=scene.aligner.scale) for a, b in combinations(embedded, 2)]
    return torch.stack(pairs).mean()


def intra_loss(scene: Scene) -> Tensor:
    """The two views of each sensor (MoSAiC, a reconstruction)."""
    one, other = (view.embedded for view in scene.views)
    losses = [
        nt_xent(
            scene.aligner.compared(one[kind], loss="intra"),
            scene.aligner.compared(other[kind], loss="intra"),
            temperature=scene.settings.temperature,
        )
        for kind in one
    ]
    return torch.stack(losses).mean()


def labels_loss(scene: Scene) -> Tensor:
    """All embeddings of labelled tiles by how alike their labels are (MoSAiC)."""
    labelled = scene.batch.labels.any(dim=1)
    compared = [scene.aligner.compared(one[labelled], loss="labels") for one in scene.embedded]
    return multilabel_supcon(
        torch.cat(compared),
        scene.batch.labels[labelled].repeat(len(compared), 1),
        weighting=scene.settings.label_similarity,
        temperature=scene.settings.temperature,
    )


def location_loss(scene: Scene) -> Tensor:
    """Tiles against their own location and past ones (GAIR's SECL)."""
    located = scene.batch.lonlat.isfinite().all(dim=1)
    if not located.any() or not len(scene.past):
        return scene.nothing
    positive = scene.aligner.embed_locations(scene.batch.lonlat[located])
    losses = [
        info_nce_with_queue(
            one[located], positive, scene.negatives, temperature=scene.settings.temperature
        )
        for one in scene.embedded
    ]
    return torch.stack(losses).mean()


def text_loss(scene: Scene) -> Tensor:
    """Tiles against descriptions; whatever describes a tile too is no negative of it."""
    return _match_texts(scene, scene.embedded)


def points_loss(scene: Scene) -> Tensor:
    """Points inside the first view (GAIR's INCL, with a description in the place of a photo).

    Any point is matched with its location. A description is matched with the point in the tile's
    middle: what a tile is labelled for lies there.
    """
    view = scene.views[0]
    losses = []
    known = scene.batch.extent.isfinite().all(dim=1)
    if known.any() and len(scene.past):
        points = 2 * torch.rand(len(known), 2, generator=scene.generator).to(view.frames) - 1
        lonlat = _point_lonlat(scene.batch.extent, place_points(view.frames, points))
        positive = scene.aligner.embed_locations(lonlat[known])
        losses += [
            info_nce_with_queue(
                point[known], positive, scene.negatives, temperature=scene.settings.temperature
            )
            for point in _embed_points(scene, points)
        ]
    if (scene.chosen >= 0).any():
        losses.append(_match_texts(scene, _embed_points(scene, view_centres(view.frames))))
    return torch.stack(losses).mean() if losses else scene.nothing


def _embed_points(scene: Scene, points: Tensor) -> list[Tensor]:
    grids = scene.views[0].grids
    return [scene.aligner.embed_points(grid, points, sensor=s) for s, grid in grids.items()]


def _point_lonlat(extent: Tensor, points: Tensor) -> Tensor:
    """Points of tiles, x to the east and y to the south, in degrees: [B, 4], [B, 2] -> [B, 2]."""
    west, south, width, height = extent.unbind(dim=1)
    lon = west + width * (points[:, 0] + 1) / 2
    lat = south + height * (1 - points[:, 1]) / 2
    return torch.stack([(lon + 180) % 360 - 180, lat], dim=1)


def _match_texts(scene: Scene, embedded: Sequence[Tensor]) -> Tensor:
    described = scene.chosen >= 0
    if not described.any():
        return scene.nothing
    texts = scene.aligner.embed_texts(scene.sentences[described])
    own, chosen = scene.batch.texts[described], scene.chosen[described]
    # fits[i, j]: the description chosen for tile j is one of tile i's.
    fits = (own[:, :, None] == chosen[None, None, :]).any(dim=1).float()  # [M, M]
    losses = [
        match_descriptions(one[described], texts, fits, scale=scene.aligner.scale)
        for one in embedded
    ]
    return torch.stack(losses).mean()


LOSSES: Mapping[str, Callable[[Scene], Tensor]] = {
    "reconstruction": reconstruction_loss,
    "inter": inter_loss,
    "intra": intra_loss,
    "labels": labels_loss,
    "location": location_loss,
    "text": text_loss,
    "points": points_loss,
}


def find_lacking(training: TrainingSet, *, batch: int) -> dict[str, str]:
    """Losses that a set cannot feed in steps of `batch` tiles, with the reason."""
    lacking = {}
    if len(training.bands) < 2:
        lacking["inter"] = f"the tiles have one sensor only, {next(iter(training.bands))}"
    if training.label_sets < 2:
        lacking["labels"] = "the tiles do not have labels of at least two kinds"
    if training.located < 2:
        lacking["location"] = "fewer than two tiles have coordinates"
    elif len(training) <= batch:
        # Negatives are the locations of earlier batches, less those of this one.
        lacking["location"] = (
            f"a step holds all {len(training)} tiles, and locations are told from those of other "
            "steps: set `batch` to half of that or less"
        )
    if not training.described:
        lacking["text"] = "no tile has labels or places to describe it by"
    if "location" in lacking and "text" in lacking:
        lacking["points"] = "the tiles have neither coordinates nor descriptions"
    return lacking


def weigh_losses(scene: Scene, weights: Mapping[str, float]) -> tuple[Tensor, dict[str, Tensor]]:
    """The sum by these weights, and each loss by its name."""
    losses = {name: LOSSES[name](scene) for name in weights}
    return torch.stack([weights[name] * loss for name, loss in losses.items()]).sum(), losses
