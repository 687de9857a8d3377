"""Embedding speed of a trained model on a GPU, for `bench geo`, part `speed`."""

import time
from pathlib import Path
from typing import Any

import torch

from kgpipe.geo.embedding.model import read_model
from kgpipe.geo.training.aligner import Aligner
from kgpipe.geo.training.checkpoints import read_checkpoint

_BATCH = 4096
_ROUNDS = 20
# Dense bfloat16 products a second by the makers' data sheets; of others no share is stated.
_PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}


def rate_on_gpu(folder: Path) -> dict[str, Any] | None:
    """Tiles a second in bfloat16, with the share of the card's peak; None without a GPU.

    Args:
        folder: of a model that was trained here, with its checkpoint.
    """
    checkpoint = read_checkpoint(folder)
    if not torch.cuda.is_available() or checkpoint is None:
        return None
    model = read_model(folder)
    sentence = checkpoint.learner.get("aligner.read.weight", torch.zeros(0, 0)).shape[1]
    aligner = Aligner(model.settings, bands=model.bands, side=model.side, sentence=sentence)
    own = {
        name.removeprefix("aligner."): value
        for name, value in checkpoint.learner.items() if name.startswith("aligner.")
    }  # fmt: skip
    aligner.load_state_dict(own)
    aligner = aligner.cuda().eval()
    pixels = {
        sensor: torch.rand(_BATCH, len(bands), model.side, model.side, device="cuda")
        for sensor, bands in model.bands.items()
    }

    def embed() -> None:
        tokens = aligner.encode(pixels)
        aligner.embed(tokens, aligner.grids(tokens, pixels), pixels)

    with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16):
        with torch.utils.flop_counter.FlopCounterMode(display=False) as counter:
            embed()
        operations = counter.get_total_flops()
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(_ROUNDS):
            embed()
        torch.cuda.synchronize()
        seconds = (time.perf_counter() - started) / _ROUNDS
    name = torch.cuda.get_device_name()
    peak = next((value for card, value in _PEAKS.items() if card in name), None)
    return {
        "card": name,
        "tiles_per_second": round(_BATCH / seconds, 1),
        "share_of_peak": None if peak is None else round(operations / seconds / peak, 4),
    }
