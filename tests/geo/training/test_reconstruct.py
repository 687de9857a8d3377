from collections.abc import Mapping
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra geo brings torch")

from kgpipe.geo.training.aligner import Aligner  # noqa: E402
from kgpipe.geo.training.reconstruct import Reconstruction  # noqa: E402
from kgpipe.geo.training.settings import choose_settings  # noqa: E402

TWO = {"S1": ("VV", "VH"), "S2": ("B02", "B03", "B04", "B08")}
RGB = {"RGB": ("R", "G", "B")}


def make(bands: Mapping[str, tuple[str, ...]], *changes: str) -> tuple[Aligner, Reconstruction]:
    torch.manual_seed(0)
    settings = choose_settings(
        preset="demo", changes=["dim=16", "heads=2", "decoder=16", "location_hidden=8", *changes]
    )
    aligner = Aligner(settings, bands=bands, side=32, sentence=0)
    return aligner, Reconstruction(settings, bands=bands)


def rebuild(aligner: Aligner, reconstruction: Reconstruction, pixels: dict[str, Any]) -> Any:
    return reconstruction(aligner, pixels, generator=torch.Generator().manual_seed(1))


def rand(bands: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {sensor: torch.rand(4, len(names), 32, 32) for sensor, names in bands.items()}


def test_radar_and_optical_are_rebuilt_from_the_joint_tokens() -> None:
    aligner, reconstruction = make(TWO)
    assert reconstruction.joint and not reconstruction.decoders
    torch.autograd.backward(rebuild(aligner, reconstruction, rand(TWO)))
    assert all(p.grad is not None for p in aligner.cross.parameters())


@pytest.mark.parametrize(
    ("bands", "changes", "decoders"),
    [
        (RGB, [], ["RGB"]),
        (TWO, ["joint=false"], ["S1", "S2"]),
        (TWO, ["encoder=satmae"], ["S1", "S2"]),
        ({**TWO, **RGB}, [], ["RGB"]),
    ],
)
def test_other_sensors_are_rebuilt_from_their_own(
    bands: dict[str, tuple[str, ...]], changes: list[str], decoders: list[str]
) -> None:
    aligner, reconstruction = make(bands, *changes)
    assert sorted(reconstruction.decoders) == decoders
    assert torch.isfinite(rebuild(aligner, reconstruction, rand(bands)))


def test_training_makes_the_loss_smaller() -> None:
    aligner, reconstruction = make(RGB)
    ramp = torch.linspace(0, 1, 32).expand(4, 3, 32, 32)
    pixels = {"RGB": ramp}
    learned = [*aligner.parameters(), *reconstruction.parameters()]
    optimizer = torch.optim.Adam(learned, lr=1e-2)
    before = rebuild(aligner, reconstruction, pixels).item()
    for _ in range(30):
        optimizer.zero_grad()
        loss = rebuild(aligner, reconstruction, pixels)
        torch.autograd.backward(loss)
        optimizer.step()
    assert loss.item() < before / 2
