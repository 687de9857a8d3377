from pathlib import Path

import pytest

from kgpipe.backends.prices import BATCH_SHARE
from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.forecast import ENOUGH_REPLIES, count_tokens, forecast_run
from kgpipe.replies import StageReplies, Usage
from kgpipe.settings import DedupeSettings, ExtractSettings, Settings
from kgpipe.workspace import Workspace

PRICED = Settings(extract=ExtractSettings(model="openai:gpt-4.1-mini"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("Mercury harms fish in the rivers.")
    (tmp_path / "b.txt").write_text("The council banned cyanide in 2019.")
    return tmp_path


def test_a_run_is_priced_and_leaves_the_state_as_it_was(corpus: Path) -> None:
    workspace = Workspace(None)
    before = workspace.state_digest()
    forecast = forecast_run([corpus], workspace, PRICED)
    assert workspace.state_digest() == before
    assert (forecast.chunks, forecast.pending, forecast.calls) == (2, 2, 2)
    assert forecast.usd == pytest.approx(
        (forecast.input_tokens * 0.40 + forecast.output_tokens * 1.60) / 1e6
    )
    assert forecast.batch_usd == pytest.approx((forecast.usd or 0.0) * BATCH_SHARE)
    assert forecast.basis == "rule"


def test_without_a_price_tokens_are_told_all_the_same(corpus: Path) -> None:
    settings = Settings(extract=ExtractSettings(model="openai:nobody"))
    forecast = forecast_run([corpus], Workspace(None), settings)
    assert forecast.input_tokens > forecast.calls == 2
    assert forecast.usd is forecast.batch_usd is None


def test_the_embedded_model_costs_nothing(corpus: Path) -> None:
    forecast = forecast_run([corpus], Workspace(None), Settings())
    assert (forecast.pending, forecast.calls, forecast.usd) == (2, 0, 0.0)


def ask(passage: str, max_tokens: int = 10_000) -> ChatRequest:
    message = Message(role="user", content=passage)
    return ChatRequest(model="m", messages=(message,), max_tokens=max_tokens)


def test_replies_are_in_proportion_to_the_passage_and_never_above_their_limit() -> None:
    none = Usage(0, 0, 0, 0)
    assert count_tokens([ask("x" * 400)], none)[1] == 550
    assert count_tokens([ask("x" * 400, max_tokens=100)] * 2, none)[1] == 200


def test_a_models_own_replies_outrank_the_rule() -> None:
    request = ask("x" * 1000)
    chars = len(request.model_dump_json())
    seen = Usage(ENOUGH_REPLIES, chars * ENOUGH_REPLIES, 300 * ENOUGH_REPLIES, 7 * ENOUGH_REPLIES)
    assert count_tokens([request] * 3, seen) == (900, 21)


def test_a_run_after_enough_replies_is_priced_by_them(corpus: Path) -> None:
    workspace = Workspace(None)
    store = StageReplies(workspace, "extract")
    for number in range(ENOUGH_REPLIES):
        request = ChatRequest(model="openai:gpt-4.1-mini", messages=(), sample=number)
        store.save(str(number), request, ChatReply(text="", input_tokens=9, output_tokens=50))
    forecast = forecast_run([corpus], workspace, PRICED)
    assert (forecast.basis, forecast.output_tokens) == ("replies", 100)


def test_a_judge_of_names_is_priced_at_most(corpus: Path) -> None:
    assert forecast_run([corpus], Workspace(None), Settings()).comparisons is None
    dedupe = DedupeSettings(judge="openai:gpt-4.1-mini", max_questions=10)
    found = forecast_run([corpus], Workspace(None), Settings(dedupe=dedupe)).comparisons
    assert found is not None
    # Each question may take two calls.
    assert (found.known, found.calls) == (False, 20)
    assert found.input_tokens > 20 * 200
    assert found.usd == pytest.approx(
        (found.input_tokens * 0.40 + found.output_tokens * 1.60) / 1e6
    )
    unpriced = dedupe.model_copy(update={"judge": "openai:nobody"})
    found = forecast_run([corpus], Workspace(None), Settings(dedupe=unpriced)).comparisons
    assert found is not None
    assert found.usd is None
