"""Tensors that follow from a few numbers: made once, kept, and part of no checkpoint."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec

import torch
from torch import Tensor

Arguments = ParamSpec("Arguments")

# Grids of the training tiles, of larger ones, and of a decoder. A large one, the bias of 64 x 64
# cells in 16 heads, takes 1 GB, so no more than these.
_KEPT = 4


def made_once(build: Callable[Arguments, Tensor]) -> Callable[Arguments, Tensor]:
    """Keep what `build` returns for its last few arguments; nobody may write into it.

    While a compiler or an exporter traces, `build` itself runs: the tensors of a trace hold no
    numbers, and kept ones would spoil what runs after it.
    """

    def build_for_any_use(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Tensor:
        # A tensor that is made in inference mode could take no part in training afterwards.
        with torch.inference_mode(mode=False):
            return build(*args, **kwargs)

    kept: Callable[..., Tensor] = lru_cache(maxsize=_KEPT)(build_for_any_use)

    @wraps(build)
    def look_up(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Tensor:
        return build(*args, **kwargs) if torch.compiler.is_compiling() else kept(*args, **kwargs)

    return look_up
