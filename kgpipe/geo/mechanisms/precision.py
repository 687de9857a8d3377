"""What must not be computed in bfloat16, although the encoders around it are."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import torch
from torch import Tensor

Arguments = ParamSpec("Arguments")


def in_float32(
    function: Callable[Concatenate[Tensor, Arguments], Tensor],
) -> Callable[Concatenate[Tensor, Arguments], Tensor]:
    """Compute outside of autocast, whose matrix products are in bfloat16 whatever they get.

    That would round logits of 14 (a cosine of 1 at a temperature of .07) to steps of 0.06, and
    places in a tile of 64 pixels to steps of .15. It casts no argument.
    """

    @wraps(function)
    def compute(rows: Tensor, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Tensor:
        with torch.autocast(rows.device.type, enabled=False):
            return function(rows, *args, **kwargs)

    return compute
