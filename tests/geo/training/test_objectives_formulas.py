"""The losses of a training against the formulas of CROMA, GAIR and MoSAiC, written out."""

from typing import NamedTuple

import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor
from torch.nn import functional

from kgpipe.geo.mechanisms.multilabel import multilabel_supcon
from kgpipe.geo.training.aligner import JOINT
from kgpipe.geo.training.augment import view_centres
from kgpipe.geo.training.objectives import (
    Scene,
    inter_loss,
    intra_loss,
    labels_loss,
    location_loss,
    points_loss,
    text_loss,
    weigh_losses,
)
from tests.geo.toy_tiles import make_toys
from tests.geo.training.test_objectives import learn_from, scene_of

ROWS = 12
KINDS = ("S1", "S2", JOINT)


class Part(NamedTuple):
    """A scene, and what its losses are written with."""

    scene: Scene
    # By the settings; the scale of pairs of kinds is learned.
    temperature: float

    def compared(self, view: int, kind: str, loss: str) -> Tensor:
        return self.scene.aligner.compared(self.scene.views[view].embedded[kind], loss=loss)


@pytest.fixture
def part() -> Part:
    """Twelve tiles as two sensors see them, the twelve before them in the queue."""
    training, learner, settings = learn_from(make_toys(sensors=["S1", "S2"]))
    return Part(scene_of(training, learner, settings, rows=ROWS), settings.temperature)


def seeing(scene: Scene, first: dict[str, Tensor], second: dict[str, Tensor]) -> Scene:
    """The same scene with other embeddings in its two views."""
    made = zip(scene.views, (first, second), strict=True)
    return scene._replace(views=[view._replace(embedded=rows) for view, rows in made])


def rows(seed: int, count: int = ROWS) -> Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(seed))


def both_ways(a: Tensor, b: Tensor, scale: Tensor) -> Tensor:
    """The mean of the cross entropies a -> b and b -> a."""
    logits = scale * functional.normalize(a, dim=1) @ functional.normalize(b, dim=1).T
    right = torch.arange(len(a))
    there = functional.cross_entropy(logits, right)
    return (there + functional.cross_entropy(logits.T, right)) / 2


def against_past(anchor: Tensor, positive: Tensor, past: Tensor, temperature: float) -> Tensor:
    """Cross entropy of the one right location among the past ones."""
    near, right, wrong = (functional.normalize(one, dim=1) for one in (anchor, positive, past))
    logits = torch.cat([(near * right).sum(dim=1, keepdim=True), near @ wrong.T], dim=1)
    first = torch.zeros(len(anchor), dtype=torch.long)
    return functional.cross_entropy(logits / temperature, first)


# ---------------------------------------------------------------- MoSAiC and CROMA


def test_between_sensors_each_pair_finds_its_place(part: Part) -> None:
    first = part.scene.views[0].embedded
    pairs = [("S1", "S2"), ("S1", JOINT), ("S2", JOINT)]
    expected = sum(both_ways(first[a], first[b], part.scene.aligner.scale) for a, b in pairs) / 3
    torch.testing.assert_close(inter_loss(part.scene), expected)


def test_within_a_sensor_a_view_finds_the_other_among_all(part: Part) -> None:
    expected = []
    for kind in KINDS:
        views = torch.cat([part.compared(0, kind, "intra"), part.compared(1, kind, "intra")])
        logits = (views @ views.T / part.temperature).fill_diagonal_(-torch.inf)
        other = torch.arange(2 * ROWS).roll(ROWS)
        expected.append(functional.cross_entropy(logits, other))
    torch.testing.assert_close(intra_loss(part.scene), torch.stack(expected).mean())


def test_labels_are_compared_over_all_sensors_and_views_at_once(part: Part) -> None:
    every = [part.compared(view, kind, "labels") for view in (0, 1) for kind in KINDS]
    labels = torch.cat([part.scene.batch.labels] * 6)
    expected = multilabel_supcon(torch.cat(every), labels, temperature=part.temperature)
    torch.testing.assert_close(labels_loss(part.scene), expected)


def test_the_other_sensor_counts_as_a_positive(part: Part) -> None:
    # Two places, each alike to itself alone: as the other view and the other sensor see it.
    batch = part.scene.batch._replace(labels=torch.eye(2))
    scene = part.scene._replace(batch=batch)
    s1, s2 = rows(1, 2), rows(3, 2)
    apart, together = {"S1": s1, "S2": s2}, {"S1": s1, "S2": s1}
    cost = labels_loss(seeing(scene, apart, apart)) - labels_loss(seeing(scene, together, together))
    assert cost > 0.5


def test_places_that_nobody_labelled_take_no_part(part: Part) -> None:
    labels = part.scene.batch.labels.clone()
    labels[::3] = 0
    some = part.scene._replace(batch=part.scene.batch._replace(labels=labels))
    kept = labels.any(dim=1)
    fewer = [{kind: seen[kept] for kind, seen in view.embedded.items()} for view in some.views]
    alone = seeing(some._replace(batch=some.batch._replace(labels=labels[kept])), *fewer)
    torch.testing.assert_close(labels_loss(some), labels_loss(alone))
    none = part.scene._replace(batch=part.scene.batch._replace(labels=torch.zeros_like(labels)))
    assert labels_loss(none).item() == 0


def test_the_three_are_added_up_by_their_weights(part: Part) -> None:
    parts = intra_loss(part.scene), inter_loss(part.scene), labels_loss(part.scene)
    total, losses = weigh_losses(part.scene, {"intra": 1.0, "inter": 1.0, "labels": 1.0})
    torch.testing.assert_close(total, sum(parts))
    torch.testing.assert_close(tuple(losses.values()), parts)
    total, _ = weigh_losses(part.scene, {"intra": 0.5, "inter": 2.0})
    torch.testing.assert_close(total, parts[0] / 2 + 2 * parts[1])


# ---------------------------------------------------------------- GAIR


def test_a_tile_finds_its_location_among_past_ones(part: Part) -> None:
    scene = part.scene
    assert len(scene.past) == ROWS
    location, past = map(scene.aligner.embed_locations, (scene.batch.lonlat, scene.past))
    expected = [
        against_past(one, location, past, part.temperature)
        for view in scene.views
        for one in view.embedded.values()
    ]
    torch.testing.assert_close(location_loss(scene), torch.stack(expected).mean())


def test_a_right_location_costs_less_than_a_wrong_one(part: Part) -> None:
    location = part.scene.aligner.embed_locations(part.scene.batch.lonlat).detach()
    # Far apart, whatever an encoder that learned nothing makes of them.
    scene = part.scene._replace(negatives=rows(5))
    near = {"S2": location + 0.05 * location.std() * rows(1)}
    opposite = {"S2": -near["S2"]}
    right = location_loss(seeing(scene, near, near))
    assert location_loss(seeing(scene, opposite, opposite)) > right + 1


def test_the_first_batch_has_no_past(part: Part) -> None:
    scene = part.scene._replace(past=torch.zeros(0, 2), negatives=torch.zeros(0, 2))
    assert location_loss(scene).item() == 0
    assert points_loss(scene).isfinite()


def test_a_tile_and_its_own_description_find_each_other(part: Part) -> None:
    scene = each_its_own(part.scene)
    texts = scene.aligner.embed_texts(scene.sentences)
    expected = [
        both_ways(one, texts, scene.aligner.scale)
        for view in scene.views
        for one in view.embedded.values()
    ]
    torch.testing.assert_close(text_loss(scene), torch.stack(expected).mean())


def test_a_point_finds_its_location_and_the_description_of_what_lies_there(part: Part) -> None:
    scene = each_its_own(part.scene)
    view, aligner = scene.views[0], scene.aligner
    drawn = scene.generator.get_state()
    found = points_loss(scene)
    scene.generator.set_state(drawn)
    points = 2 * torch.rand(ROWS, 2, generator=scene.generator) - 1
    # From the frame to the tile, and from there to degrees: y points south.
    x, y = (view.frames @ torch.cat([points, torch.ones(ROWS, 1)], 1)[:, :, None])[:, :, 0].T
    west, south, width, height = scene.batch.extent.T
    lonlat = torch.stack([west + width * (x + 1) / 2, south + height * (1 - y) / 2], dim=1)
    location, past = map(aligner.embed_locations, (lonlat, scene.past))
    texts = aligner.embed_texts(scene.sentences)
    placed, described = [], []
    for sensor, grid in view.grids.items():
        point = aligner.embed_points(grid, points, sensor=sensor)
        placed.append(against_past(point, location, past, part.temperature))
        middle = aligner.embed_points(grid, view_centres(view.frames), sensor=sensor)
        described.append(both_ways(middle, texts, aligner.scale))
    expected = torch.stack([*placed, torch.stack(described).mean()]).mean()
    torch.testing.assert_close(found, expected)


def each_its_own(scene: Scene) -> Scene:
    """Every tile has one description that no other has."""
    chosen = torch.arange(ROWS)
    return scene._replace(
        batch=scene.batch._replace(texts=chosen[:, None]), chosen=chosen, sentences=rows(9)
    )
