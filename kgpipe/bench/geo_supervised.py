"""A rival of `bench geo`: the same encoders, trained for the labels from end to end."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.embedding.scaling import fit_ranges, scale
from kgpipe.geo.training.aligner import JOINT, Aligner
from kgpipe.geo.training.augment import cut, draw_frames, relight
from kgpipe.geo.training.settings import GeoSettings

_ROWS_AT_ONCE = 256


class Classifier(nn.Module):
    """The aligner's encoders and one linear layer on their embedding."""

    def __init__(
        self, settings: GeoSettings, *, bands: dict[str, tuple[str, ...]], side: int, labels: int
    ) -> None:
        super().__init__()
        self.aligner = Aligner(settings, bands=bands, side=side, sentence=0)
        self.classify = nn.Linear(settings.width, labels)

    def forward(self, pixels: dict[str, torch.Tensor]) -> torch.Tensor:
        """Log-odds: sensor -> [B, C, H, W] to [B, labels]."""
        tokens = self.aligner.encode(pixels)
        embedded = self.aligner.embed(tokens, self.aligner.grids(tokens, pixels), pixels)
        seen = embedded.get(JOINT, next(iter(embedded.values())))
        odds: torch.Tensor = self.classify(seen)
        return odds


def score_supervised(
    pixels: Pixels,
    labels: NDArray[np.float64],
    *,
    bands: dict[str, tuple[str, ...]],
    learned: NDArray[np.integer],
    tested: NDArray[np.integer],
    settings: GeoSettings,
    device: str = "cpu",
) -> NDArray[np.float64]:
    """Train on some tiles with binary cross entropy and return the log-odds of others.

    With the steps, rate, batch, augmentation and scaling that the aligner is trained with.

    Args:
        pixels: of all tiles.
        labels: 0 or 1, (tiles, labels).
        bands: of the sensors.
        learned: rows to train on.
        tested: rows to score, (tested, labels).
        settings: of the aligner.
        device: "cpu" or "cuda".
    """
    torch.manual_seed(settings.seed)
    generator = torch.Generator().manual_seed(settings.seed)
    rows = np.asarray(learned, dtype=np.int64)
    ranges = fit_ranges([{sensor: one[rows] for sensor, one in pixels.items()}])
    scaled = {
        sensor: torch.from_numpy(scale(one, ranges[sensor], clip=settings.clip)).to(device)
        for sensor, one in pixels.items()
    }
    side = next(iter(scaled.values())).shape[-1]
    model = Classifier(settings, bands=bands, side=side, labels=labels.shape[1]).to(device)
    gold = torch.from_numpy(labels).float().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.rate, total_steps=settings.steps, pct_start=settings.warmup or 0.01
    )
    model.train()
    for _ in range(settings.steps):
        batch = torch.from_numpy(rows)[
            torch.randint(len(rows), (min(settings.batch, len(rows)),), generator=generator)
        ]
        frames = draw_frames(len(batch), settings=settings.augment, generator=generator)
        seen = {
            sensor: relight(
                cut(one[batch], frames), sensor=sensor, settings=settings.augment,
                generator=generator,
            )
            for sensor, one in scaled.items()
        }  # fmt: skip
        loss = functional.binary_cross_entropy_with_logits(model(seen), gold[batch])
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
    model.eval()
    wanted = np.asarray(tested)
    with torch.inference_mode():
        found = [
            model({sensor: one[wanted[at : at + _ROWS_AT_ONCE]] for sensor, one in scaled.items()})
            for at in range(0, len(wanted), _ROWS_AT_ONCE)
        ]
    return np.asarray(torch.cat(found).cpu().double().numpy())
