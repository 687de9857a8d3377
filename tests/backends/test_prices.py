from pathlib import Path

import pytest

from kgpipe.backends.prices import cost_of, read_prices
from kgpipe.errors import KgpipeError, UsageError


def test_cached_input_is_cheaper() -> None:
    cost = cost_of(
        read_prices()["openai:gpt-4.1-mini"],
        input_tokens=1_000_000,
        cached_tokens=400_000,
        output_tokens=10_000,
    )
    assert cost == pytest.approx(0.6 * 0.40 + 0.4 * 0.10 + 0.01 * 1.60)


def test_an_unlisted_model_has_no_known_cost() -> None:
    price = read_prices().get("openai:nobody")
    assert cost_of(price, input_tokens=1, output_tokens=1) is None


def test_every_price_names_its_source_and_cache_never_costs_more() -> None:
    prices = read_prices()
    assert prices
    assert all(price.cached_input <= price.input <= price.output for price in prices.values())


COLUMNS = "model,input_usd_per_million,cached_input_usd_per_million,output_usd_per_million\n"


def test_users_may_bring_prices_of_their_own(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    model = "openai:mine@http://127.0.0.1:8000/v1"
    own.write_text(f"\ufeff{COLUMNS}{model},1,1,2\nopenai:gpt-4o,7,7,7\n", encoding="utf-8")
    prices = read_prices(str(own))
    assert cost_of(prices[model], input_tokens=500_000, output_tokens=250_000) == 1.0
    assert prices["openai:gpt-4o"] == (7, 7, 7)
    assert prices["openai:gpt-4.1"] == read_prices()["openai:gpt-4.1"]


@pytest.mark.parametrize(
    "content", [b"model,price\nopenai:mine,1\n", COLUMNS.encode() + b"a,b,c,d\n"]
)
def test_a_broken_price_list_is_named(tmp_path: Path, content: bytes) -> None:
    own = tmp_path / "own.csv"
    own.write_bytes(content)
    with pytest.raises(KgpipeError, match=r"own\.csv is not a valid price list"):
        read_prices(str(own))


def test_a_price_list_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"calls\.prices"):
        read_prices(str(tmp_path / "none.csv"))
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"binary\.csv"):
        read_prices(str(tmp_path / "binary.csv"))
