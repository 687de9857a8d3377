from collections.abc import Sequence

import pytest

from kgpipe.backends.chat import StoredChat
from kgpipe.backends.fake import FakeReplyStore
from kgpipe.calls import SearchReply
from kgpipe.errors import UsageError
from kgpipe.searches import SearchArchive
from kgpipe.settings import VerifySettings
from kgpipe.verify.llm_judge import LlmJudge
from kgpipe.verify.panel import PanelJudge
from kgpipe.wiring import wire_embedder
from kgpipe.wiring_extract import Paid
from kgpipe.wiring_verify import wire_das, wire_judge, wire_search, wire_verbaliser, wire_web
from kgpipe.workspace import Workspace
from tests.verify.builders import make_passages

A, B = "openai:a", "openai:b"


@pytest.fixture(autouse=True)
def a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")


def settings(*judges: str, **rest: str) -> VerifySettings:
    return VerifySettings.model_validate({"judge": judges or ("embedded",), **rest})


def names(*judges: str) -> str:
    return wire_judge(settings(*judges), wire_embedder("minilm")).name


def test_judges_are_the_embedded_one_a_model_or_a_panel() -> None:
    embedder = wire_embedder("minilm")
    single = wire_judge(settings(A), embedder, Paid(replies=FakeReplyStore()))
    assert isinstance(single.make(), LlmJudge)
    assert single.make().name == single.name
    panel = wire_judge(settings("embedded", A, B), embedder)
    assert isinstance(panel.make(), PanelJudge)
    assert panel.make().name == panel.name
    assert (single.network, panel.network) == (True, True)
    assert not wire_judge(settings(), embedder).network


def test_the_order_of_a_panel_does_not_matter_and_its_members_do() -> None:
    assert names(A, B) == names(B, A)
    assert len({names(A), names(B), names(A, B), names("embedded")}) == 4


@pytest.mark.parametrize("judges", [(A, A), ("das:openai:a", "embedded")])
def test_impossible_panels_are_refused(judges: Sequence[str]) -> None:
    with pytest.raises(UsageError):
        wire_judge(settings(*judges), wire_embedder("minilm"))


def test_das_is_a_framework_of_its_own() -> None:
    assert wire_das(settings(A)) is None
    found = wire_das(settings("das:openai:a"))
    assert found is not None
    assert found.name.startswith("das:openai:a:")
    with pytest.raises(UsageError, match="Unknown judge"):
        wire_das(settings("das:a"))


def test_claims_are_put_into_words_by_templates_or_by_a_model() -> None:
    assert wire_verbaliser(settings()) is None
    found = wire_verbaliser(settings(verbalise="openai:a"), Paid(replies=FakeReplyStore()))
    assert found is not None
    assert found.name.startswith("verbalise:openai:a")
    assert found.network
    assert isinstance(found.make(), StoredChat)
    with pytest.raises(UsageError, match="use `template`"):
        wire_verbaliser(settings(verbalise="words"))
    with pytest.raises(UsageError, match="leave out --verbalise"):
        wire_verbaliser(settings("das:openai:a", verbalise="openai:a"))


def test_the_web_is_searched_if_it_is_named_and_replayed_if_there_is_something() -> None:
    archive = SearchArchive(Workspace(None).transaction)
    assert wire_web(settings(), archive, excluded=frozenset()) is None
    web = wire_web(settings(search="duckduckgo"), archive, excluded=frozenset())
    assert web is not None
    assert web.network
    replay = settings(search="replay")
    assert wire_web(replay, archive, excluded=frozenset()) is None
    archive.save(SearchReply(engine="e", query="q", limit=1))
    found = wire_web(replay, archive, excluded=frozenset())
    assert found is not None
    assert found.make().search("q", limit=1) == []


def test_an_embedder_changes_the_name_of_the_index() -> None:
    passages = make_passages("Mercury causes tremor.")
    dense = wire_search(passages, embedder=wire_embedder("minilm"))
    assert dense.name != wire_search(passages).name
    assert [p.source for p in dense.make().search("quivering", limit=3)] == ["page0"]
    assert wire_embedder("openai:e", base_url="http://127.0.0.1:1/v1").network
