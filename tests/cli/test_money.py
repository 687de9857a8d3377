"""Estimates and budgets: what a run would pay, and where it stops."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.calls import Call
from tests.openai_server import OpenAiServer, Step

TEXTS = 12


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAiServer]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with OpenAiServer() as running:
        yield running


@pytest.fixture
def options(tmp_path: Path, server: OpenAiServer) -> list[str | Path]:
    """A run over a dozen texts, at a USD for a million tokens."""
    (tmp_path / "in").mkdir()
    for number in range(TEXTS):
        (tmp_path / "in" / f"{number}.txt").write_text(f"Mine {number} uses mercury in Ghana.")
    prices, config = tmp_path / "prices.csv", tmp_path / "kgpipe.toml"
    prices.write_text(
        "model,input_usd_per_million,cached_input_usd_per_million,output_usd_per_million\n"
        f"openai:fake@{server.base_url},1,1,1\n"
    )
    config.write_text(
        f"[extract]\nmodel = 'openai:fake'\nbase_url = '{server.base_url}'\nmax_tokens = 100\n"
        f"concurrency = 1\n[calls]\nprices = '{prices}'\n"
    )
    return [tmp_path / "in", "-w", tmp_path / "w", "-c", config, "--until", "extract", "--json"]


def test_an_estimate_asks_nobody_and_stored_replies_cost_nothing(
    call: Call, options: list[str | Path], server: OpenAiServer
) -> None:
    forecast = call("run", *options, "--estimate")
    assert forecast.code == 0
    assert (forecast.json["calls"], forecast.json["usd"] > 0) == (TEXTS, True)
    assert "12 of 12 chunks are pending" in forecast.err
    assert f"{forecast.json['usd']:.4f} USD" in forecast.err
    assert server.bodies == []
    status = call("status", "-w", options[2], "--json")
    assert status.json["stages"] == []
    assert call("run", *options).code == 0
    assert len(server.bodies) == TEXTS
    again = call("run", *options, "--estimate")
    assert (again.json["calls"], again.json["usd"]) == (0, 0.0)
    assert "would pay nothing" in again.err
    assert call("status", "-w", options[2], "--json").stages["extract"]["done"] == TEXTS


def test_an_unknown_price_is_told(call: Call, options: list[str | Path]) -> None:
    forecast = call("run", *options, "--model", "openai:other", "--estimate")
    assert forecast.json["usd"] is None
    assert "price is not known" in forecast.err


def test_a_budget_stops_cleanly_and_the_next_run_goes_on(
    call: Call, options: list[str | Path], server: OpenAiServer
) -> None:
    # A call takes about 500 tokens and may take some 5,000: the bound is by the byte.
    budget = "0.007"
    paid, runs = 0.0, 0
    while (answer := call("run", *options, "--budget", budget)).code == 3:
        runs += 1
        extract = answer.stages["extract"]
        assert "The budget of 0.007 USD is reached" in answer.err
        assert extract["done"] + extract["waiting"] == TEXTS
        assert extract["errors"] == 0
        assert 0 < extract["cost"] - paid <= float(budget)
        paid = extract["cost"]
        assert call("status", "-w", options[2], "--json").stages["extract"] == extract
    assert answer.code == 0
    assert runs > 1
    assert answer.stages["extract"]["done"] == len(server.bodies) == TEXTS


def test_lost_replies_are_told_and_count_towards_the_budget(
    call: Call, options: list[str | Path], server: OpenAiServer
) -> None:
    server.steps.extend([Step(hang_up=True)] * TEXTS)
    # Room for two tries of some 5,000 tokens.
    answer = call("run", *options, "--budget", "0.012")
    assert (answer.code, len(server.bodies)) == (3, 2)
    extract = answer.stages["extract"]
    assert (extract["cost"], extract["lost"], extract["waiting"]) == (0.0, 2, TEXTS)
    most = f"{extract['lost_cost']:.4f}"
    assert f"paid 0.0000 USD, and {most} USD at most for lost replies" in answer.err
    assert f"0.0000 + at most {most} for 2 lost" in answer.err


def test_a_budget_needs_a_price(call: Call, options: list[str | Path], tmp_path: Path) -> None:
    answer = call("run", *options, "--model", "openai:other", "--budget", "1")
    assert answer.code == 2
    assert "calls.prices" in answer.err
    # Whoever pays nobody needs none.
    assert call("run", *options, "--model", "embedded", "--budget", "0").code == 0
    assert json.loads(call("status", "-w", tmp_path / "w", "--json").out)
