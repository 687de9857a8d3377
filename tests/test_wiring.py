import pickle
from collections.abc import Callable
from typing import Any

import pytest

from kgpipe.backends.fake import FakeReplyStore
from kgpipe.errors import UsageError
from kgpipe.ports import Port
from kgpipe.settings import DedupeSettings, ExtractSettings, ReadSettings, Settings, VerifySettings
from kgpipe.verify.passages import passages_of_text
from kgpipe.wiring import wire, wire_embedder, wire_name_judge, wire_reader
from kgpipe.wiring_extract import Paid, read_schema, wire_extractor
from kgpipe.wiring_verify import wire_judge, wire_search
from kgpipe.workspace import Workspace

[PASSAGE] = passages_of_text("Mercury causes tremor.", source="a.txt")
LLM = ExtractSettings(model="openai:some-model", base_url="http://127.0.0.1:1/v1")


@pytest.fixture(autouse=True)
def a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")


@pytest.mark.parametrize(
    ("make", "name", "network"),
    [
        (lambda: wire_reader(ReadSettings()), "pypdfium2:", False),
        (lambda: wire_extractor(ExtractSettings(), FakeReplyStore()), "embedded ", False),
        (lambda: wire_extractor(LLM, FakeReplyStore()), "some-model", True),
        (lambda: wire_embedder("minilm"), "minilm", False),
        (lambda: wire_search([PASSAGE]), "", False),
        (lambda: wire_judge(VerifySettings(), wire_embedder("minilm")), "embedded:", False),
    ],
    ids=["reader", "embedded", "llm", "embedder", "search", "judge"],
)
def test_a_port_is_named_and_can_be_built_in_a_worker(
    make: Callable[[], Port[Any]], name: str, network: bool
) -> None:
    port = make()
    assert name.casefold() in port.name.casefold()
    assert (port.network, make().name) == (network, port.name)
    sent: Port[Any] = pickle.loads(pickle.dumps(port))
    built = sent.make()
    # A backend that has a name goes by that of its port.
    assert getattr(built, "name", port.name) == port.name


def test_a_name_changes_whenever_answers_could() -> None:
    replies = FakeReplyStore()
    [other] = passages_of_text("Mercury causes no tremor.", source="a.txt")
    names = [
        wire_reader(ReadSettings(ocr=False)).name,
        wire_extractor(ExtractSettings(), replies).name,
        wire_extractor(LLM, replies).name,
        wire_extractor(LLM.model_copy(update={"protocol": "asgmkg"}), replies).name,
        wire_extractor(LLM.model_copy(update={"reply": "lean"}), replies).name,
        wire_extractor(LLM.model_copy(update={"model": "openai:other"}), replies).name,
        wire_extractor(LLM.model_copy(update={"base_url": "http://127.0.0.1:2/v1"}), replies).name,
        wire_search([]).name,
        wire_search([PASSAGE]).name,
        wire_search([other]).name,
        wire_judge(VerifySettings(), wire_embedder("minilm")).name,
        wire_judge(VerifySettings(), Port("other", object)).name,  # type: ignore[arg-type]
    ]
    assert len(set(names)) == len(names)


def test_all_ports_of_the_default_settings() -> None:
    ports = wire(Settings(), Workspace(None))
    [found] = ports.search([PASSAGE]).make().search("mercury tremor", limit=3)
    assert found == PASSAGE
    assert not ports.extractor.network


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            Settings(extract=ExtractSettings(model="gpt-4")),
            "Unknown model 'gpt-4': use `embedded`, `embedded:surface`, or PROVIDER:NAME such as "
            r"openai:gpt-4\.1-mini",
        ),
        (
            Settings(extract=ExtractSettings(protocol="asgmkg")),
            r"The protocol asgmkg needs a chat model",
        ),
        (
            Settings(extract=ExtractSettings(model="gguf:none.gguf")),
            r"There is no model file none\.gguf",
        ),
        (
            Settings(extract=LLM.model_copy(update={"examples": "none.jsonl"})),
            r"Cannot read the examples none\.jsonl",
        ),
        (
            Settings(dedupe=DedupeSettings(embedder="bert")),
            r"Unknown embedder 'bert': use `minilm`, `st:NAME` or PROVIDER:NAME",
        ),
        (
            Settings(verify=VerifySettings(judge="crowd")),
            r"Unknown judge 'crowd': use `embedded`, PROVIDER:NAME",
        ),
        (
            Settings(verify=VerifySettings(embedder="bert")),
            r"Unknown embedder 'bert': use `minilm`, `st:NAME` or PROVIDER:NAME",
        ),
        (
            Settings(verify=VerifySettings(blocklist="none.txt")),
            r"Cannot read the list of domains none\.txt",
        ),
    ],
)
def test_a_wrong_name_is_told_the_right_ones(settings: Settings, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        wire(settings, Workspace(None))


def test_small_models_relations_are_checked_in_closed_mode_alone() -> None:
    lean = LLM.model_copy(update={"reply": "lean", "schema_file": "asgm"})
    closed = lean.model_copy(update={"mode": "closed"})
    schema, embedder = read_schema("asgm"), wire_embedder("minilm")
    unchecked = {"check_relations": False}
    checked = [
        "+check" in wire_extractor(chosen, FakeReplyStore(), schema=schema, embedder=embedder).name
        for chosen in (
            closed,
            closed.model_copy(update=unchecked),
            lean,
            closed.model_copy(update={"reply": "full"}),
        )
    ]
    assert checked == [True, False, False, False]
    port = wire_extractor(closed, FakeReplyStore(), schema=schema, embedder=embedder)
    assert port.make().name == port.name


def test_a_judge_of_names_is_a_chat_model_or_nobody() -> None:
    assert wire_name_judge(DedupeSettings()) is None
    chosen = DedupeSettings(judge="openai:a", base_url="http://127.0.0.1:9/v1")
    judge = wire_name_judge(chosen, Paid(replies=FakeReplyStore()))
    assert judge is not None
    assert (judge.name, judge.network) == ("openai:a@http://127.0.0.1:9/v1", True)
    assert judge.make().name == judge.name
    with pytest.raises(UsageError, match=r"dedupe\.judge"):
        wire_name_judge(DedupeSettings(judge="embedded"))
    with pytest.raises(UsageError, match="price"):
        wire_name_judge(DedupeSettings(judge="openai:nobody"), Paid(budget_usd=1.0))
