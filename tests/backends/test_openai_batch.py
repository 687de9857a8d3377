from collections.abc import Iterator

import pytest

from kgpipe.backends.openai_batch import OpenAiBatches, model_name
from kgpipe.errors import KgpipeError, UsageError
from tests.batch_server import PAGE, BatchServer

LINE = b'{"custom_id":"k","body":{"model":"fake","messages":[]}}\n'


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with BatchServer() as running:
        yield running


def test_lines_go_up_and_come_back(server: BatchServer) -> None:
    provider = OpenAiBatches(server.base_url)
    number = provider.submit("mine", [LINE, LINE.replace(b'"k"', b'"l"')])
    assert [line["custom_id"] for line in server.lines(server.batches[number])] == ["k", "l"]
    assert server.batches[number]["endpoint"] == "/v1/chat/completions"
    state = provider.look(number)
    assert (state.has_ended, state.total, state.files) == (False, 2, ())
    server.fate = lambda line: "ok" if line["custom_id"] == "k" else "500"
    server.finish()
    state = provider.look(number)
    assert (state.status, state.has_ended, len(state.files)) == ("completed", True, 2)
    assert all('"custom_id"' in line for file in state.files for line in provider.read(file))


def test_a_batch_is_found_by_our_name_on_any_page(server: BatchServer) -> None:
    provider = OpenAiBatches(server.base_url)
    numbers = {name: provider.submit(name, [LINE]) for name in map(str, range(2 * PAGE + 1))}
    assert {name: provider.find(name) for name in numbers} == numbers
    assert provider.find("another") is None


def test_a_batch_whose_answer_was_lost_is_not_made_twice(server: BatchServer) -> None:
    provider = OpenAiBatches(server.base_url)
    server.next_creations = ["vanish"]
    with pytest.raises(KgpipeError, match="again"):
        provider.submit("mine", [LINE])
    assert provider.find("mine") == "batch_0"
    assert len(server.batches) == 1


def test_a_refusal_is_told(server: BatchServer) -> None:
    server.next_creations = ["refuse"]
    with pytest.raises(KgpipeError, match="no such file"):
        OpenAiBatches(server.base_url).submit("mine", [LINE])


def test_a_failed_batch_says_why(server: BatchServer) -> None:
    provider = OpenAiBatches(server.base_url)
    number = provider.submit("mine", [LINE])
    server.finish("failed")
    assert provider.look(number).message == "Enqueued token limit."


@pytest.mark.parametrize("model", ["embedded", "anthropic:some", "openai:", "gpt-4.1"])
def test_other_models_are_refused(model: str) -> None:
    with pytest.raises(UsageError, match="--model openai:NAME"):
        model_name(model)


def test_openais_own_name() -> None:
    assert model_name("openai:gpt-4.1-mini") == "gpt-4.1-mini"
    assert model_name("openai:ft:gpt-4.1:org") == "ft:gpt-4.1:org"
