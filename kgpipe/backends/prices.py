"""What model calls cost: list prices from `data/prices.csv`, which users may add to.

A file of your own (setting `calls.prices`) has the same columns; its rows come before ours. A
model's key is its port's name, `PROVIDER:NAME`, or `PROVIDER:NAME@BASE_URL` for a server of your
own. A model that is not listed has no known cost: that is None, never 0.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError, UsageError

MILLION = 1_000_000
# "50% cost discount compared to synchronous APIs" (OpenAI API documentation, "Batch API").
BATCH_SHARE = 0.5


class Price(NamedTuple):
    """USD per million tokens; `cached_input` is for input that the provider had in its cache."""

    input: float
    cached_input: float
    output: float


def cost_of(
    price: Price | None, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0
) -> float | None:
    """Return the cost of tokens in USD, None without a price.

    Args:
        price: of the model.
        input_tokens: all input tokens, cached ones included.
        output_tokens: tokens written, including hidden reasoning where the provider bills it.
        cached_tokens: those of the input that the provider read from its cache.
    """
    if price is None:
        return None
    fresh = (input_tokens - cached_tokens) * price.input
    return (fresh + cached_tokens * price.cached_input + output_tokens * price.output) / MILLION


@cache
def read_prices(own: str = "") -> dict[str, Price]:
    """Read the price list that ships with kgpipe, and the user's `own` file on top.

    Raises:
        UsageError: `own` cannot be read.
        KgpipeError: a column is missing or a price is not a number.
    """
    prices = _read_file(asset_path("data/prices.csv"))
    if not own:
        return prices
    try:
        return prices | _read_file(Path(own))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Cannot read the price list {own} (setting calls.prices): {error}."
        ) from (error)


def _read_file(path: Path) -> dict[str, Price]:
    # Spreadsheets put a byte-order mark before the first column's name.
    with path.open(encoding="utf-8-sig", newline="") as file:
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
            if isinstance(error, UnicodeDecodeError):
                raise
            raise KgpipeError(
                f"{path} is not a valid price list ({error}). It needs the columns model, "
                "input_usd_per_million, cached_input_usd_per_million, output_usd_per_million."
            ) from error
