from collections.abc import Iterator
from pathlib import Path

import pytest

from kgpipe.backends.prices import cost_of, read_prices
from kgpipe.errors import KgpipeError


@pytest.fixture
def own_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KGPIPE_ASSETS", str(tmp_path))
    (tmp_path / "data").mkdir()
    read_prices.cache_clear()
    yield tmp_path / "data" / "prices.csv"
    read_prices.cache_clear()


def test_cached_input_is_cheaper() -> None:
    cost = cost_of(
        "openai:gpt-4.1-mini", input_tokens=1_000_000, cached_tokens=400_000, output_tokens=10_000
    )
    assert cost == pytest.approx(0.6 * 0.40 + 0.4 * 0.10 + 0.01 * 1.60)


def test_an_unlisted_model_has_no_known_cost() -> None:
    assert cost_of("openai:nobody", input_tokens=1, cached_tokens=0, output_tokens=1) is None


def test_every_price_names_its_source_and_cache_never_costs_more() -> None:
    prices = read_prices()
    assert prices
    assert all(price.cached_input <= price.input <= price.output for price in prices.values())


def test_users_may_bring_prices_of_their_own(own_prices: Path) -> None:
    own_prices.write_text(
        "model,input_usd_per_million,cached_input_usd_per_million,output_usd_per_million\n"
        "openai:mine@http://127.0.0.1:8000/v1,1,1,2\n"
    )
    model = "openai:mine@http://127.0.0.1:8000/v1"
    assert cost_of(model, input_tokens=500_000, cached_tokens=0, output_tokens=250_000) == 1.0


def test_a_broken_price_list_is_named(own_prices: Path) -> None:
    own_prices.write_text("model,price\nopenai:mine,1\n")
    with pytest.raises(KgpipeError, match=r"prices\.csv is not a valid price list"):
        read_prices()
