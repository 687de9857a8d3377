"""What model calls cost: list prices from `data/prices.csv`, which users may edit.

To use prices of your own, put a copy of the file into `data/` of the folder that `KGPIPE_ASSETS`
names. A model's key is its port's name, `PROVIDER:NAME`, or `PROVIDER:NAME@BASE_URL` for a server
of your own. A model that is not listed has no known cost: that is None, never 0.
"""

import csv
from functools import cache
from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError

MILLION = 1_000_000


class Price(NamedTuple):
    """USD per million tokens; `cached_input` is for input that the provider had in its cache."""

    input: float
    cached_input: float
    output: float


def cost_of(
    model: str, *, input_tokens: int, cached_tokens: int, output_tokens: int
) -> float | None:
    """Return the cost of one call in USD, None if the model is not in the price list.

    Args:
        model: name of the chat model's port.
        input_tokens: all input tokens, cached ones included.
        cached_tokens: those of them that the provider read from its cache.
        output_tokens: tokens written, including hidden reasoning where the provider bills it.
    """
    price = read_prices().get(model)
    if price is None:
        return None
    fresh = (input_tokens - cached_tokens) * price.input
    return (fresh + cached_tokens * price.cached_input + output_tokens * price.output) / MILLION


@cache
def read_prices() -> dict[str, Price]:
    """Read the price list.

    Raises:
        KgpipeError: a column is missing or a price is not a number.
    """
    path = asset_path("data/prices.csv")
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return {
                row["model"]: Price(
                    input=float(row["input_usd_per_million"]),
                    cached_input=float(row["cached_input_usd_per_million"]),
                    output=float(row["output_usd_per_million"]),
                )
                for row in csv.DictReader(file)
            }
        except (KeyError, TypeError, ValueError) as error:
            raise KgpipeError(
                f"{path} is not a valid price list ({error}). It needs the columns model, "
                "input_usd_per_million, cached_input_usd_per_million, output_usd_per_million."
            ) from error
