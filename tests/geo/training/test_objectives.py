from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.geo.training.objectives import (  # noqa: E402
    LOSSES,
    Learner,
    Scene,
    find_lacking,
    look,
    text_loss,
    weigh_losses,
)
from kgpipe.geo.training.settings import choose_settings  # noqa: E402
from kgpipe.geo.training.training_set import TrainingSet, prepare  # noqa: E402
from tests.geo.toy_tiles import ToyTiles, WordEmbedder, make_toys  # noqa: E402

SMALL = ["dim=16", "width=8", "projector=8", "decoder=16", "location_hidden=16", "queue=64"]


def learn_from(
    toys: ToyTiles, *changes: str, words: bool = True
) -> tuple[TrainingSet, Learner, Any]:
    settings = choose_settings(preset="demo", changes=[*SMALL, *changes])
    training = prepare(
        toys, settings=settings, embedder=WordEmbedder() if words else None, say=lambda _: None
    )
    torch.manual_seed(0)
    learner = Learner(
        settings, bands=training.bands, side=training.side, sentence=training.sentences.shape[1]
    )
    return training, learner, settings


def scene_of(training: TrainingSet, learner: Learner, settings: Any, *, rows: int = 12) -> Scene:
    """The second batch, so that the queue holds the first one's locations."""
    generator = torch.Generator().manual_seed(0)
    for start in (rows, 0):
        scene = look(
            learner,
            training.take(torch.arange(start, start + rows)),
            settings=settings,
            sentences=training.sentences,
            generator=generator,
        )
    return scene


@pytest.mark.parametrize("encoder", ["croma", "satmae"])
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_moves_weights(name: str, encoder: str) -> None:
    training, learner, settings = learn_from(make_toys(sensors=["S1", "S2"]), f"encoder={encoder}")
    total, losses = weigh_losses(scene_of(training, learner, settings), {name: 2.0})
    assert total.item() == pytest.approx(2 * losses[name].item())
    assert torch.isfinite(total)
    torch.autograd.backward(total)
    moved = [p for p in learner.parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert moved


@pytest.mark.parametrize("name", sorted(set(LOSSES) - {"inter"}))
def test_a_batch_without_what_a_loss_needs_is_no_fault(name: str) -> None:
    toys = make_toys()
    bare = make_toys(labelled=False, located=False)
    # The first half of the tiles, which is the batch, knows nothing.
    toys.tiles = [*bare.tiles[:12], *toys.tiles[12:]]
    training, learner, settings = learn_from(toys)
    total, _ = weigh_losses(scene_of(training, learner, settings), {name: 1.0})
    assert torch.isfinite(total)
    torch.autograd.backward(total)


def test_what_a_set_lacks_is_told() -> None:
    training, *_ = learn_from(make_toys(labelled=False, located=False))
    assert set(find_lacking(training, batch=12)) == {
        "inter",
        "labels",
        "location",
        "text",
        "points",
    }
    training, *_ = learn_from(make_toys(sensors=["S1", "S2"]))
    assert find_lacking(training, batch=12) == {}
    # Locations are told from those of other steps, of which there are none.
    assert set(find_lacking(training, batch=len(training))) == {"location"}


def test_without_an_embedder_there_are_no_texts() -> None:
    training, learner, _ = learn_from(make_toys(), words=False)
    assert set(find_lacking(training, batch=12)) == {"inter", "text"}
    assert learner.aligner.read is None


def test_a_tile_with_the_same_description_is_no_negative() -> None:
    toys = make_toys(located=False)
    training, learner, settings = learn_from(toys)
    scene = scene_of(training, learner, settings)
    # A space that has learned nothing but the two kinds of ground.
    kinds = torch.tensor([tile.labels == ("mine",) for tile in training.tiles[:12]])
    corner = torch.where(kinds[:, None], 1.0, -1.0) * torch.ones(12, 8)
    known = scene._replace(views=[view._replace(embedded={"RGB": corner}) for view in scene.views])
    read = learner.aligner.read
    assert read is not None
    with torch.no_grad():
        read.weight.zero_()
        mine = training.sentences[scene.chosen[kinds]].mean(dim=0)
        forest = training.sentences[scene.chosen[~kinds]].mean(dim=0)
        direction = mine - forest
        read.weight += direction
        read.bias.fill_(-float((mine + forest) @ direction / 2))
    # All that fit share the target, so the best loss is the entropy of that share.
    share = float(np.log(6))
    assert text_loss(known).item() == pytest.approx(share, abs=0.3)


def test_past_locations_of_the_same_ground_are_no_negatives() -> None:
    training, learner, settings = learn_from(make_toys())
    scene = scene_of(training, learner, settings)
    assert len(scene.past) == 12
    batch = training.take(torch.arange(12))
    # A degree of latitude is 111 km: to the north of the first tile by half a kilometre, and two.
    step = torch.tensor([0.0, 1 / 111])
    for place, km in enumerate((0.5, 2.0)):
        learner.queue.exchange((batch.lonlat[:1] + km * step).repeat(1 + place, 1))
    again = look(
        learner,
        batch,
        settings=settings,
        sentences=training.sentences,
        generator=torch.Generator().manual_seed(1),
    )
    away = 111 * (again.past - batch.lonlat[0]).norm(dim=1)
    assert ((away > 1.9) & (away < 2.1)).any()
    assert not (away < 1).any()
