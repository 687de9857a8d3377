import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import kgpipe.asking
from kgpipe.asking import (
    ask_workspace,
    collect_statements,
    describe_asked,
    describe_dropped,
    describe_summarised,
    index_names,
    show_asked,
    summarise_workspace,
)
from kgpipe.backends.fake import FakeChatModel
from kgpipe.errors import KgpipeError, ServiceError, UsageError
from kgpipe.ports import Embedder, Port
from kgpipe.query.paths import Paths
from kgpipe.query.statements import Statement
from kgpipe.settings import Settings
from kgpipe.types import Graph
from kgpipe.wiring import wire_embedder
from kgpipe.workspace import Workspace
from tests.publish.graphs import sample_graph
from tests.test_answer import fill

SETTINGS = Settings()
QUESTION = "Which country banned dredging?"


def tell(graph: Graph, *, approved_only: bool = False) -> list[Statement]:
    return collect_statements(graph, settings=SETTINGS.publish, approved_only=approved_only)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return fill(Workspace(tmp_path / "w"), sample_graph())


def test_rejected_facts_are_never_told_and_pending_ones_only_if_wanted() -> None:
    graph = sample_graph()
    facts = {(one.subject, one.predicate, one.object): one for one in tell(graph)}
    assert ("Guyana", "exports to", "Peru") not in facts
    assert facts["Peru", "uses", "cyanide"].status == "not yet verified"
    assert facts["miners", "use", "mercury"].status == "approved"
    assert len(tell(graph, approved_only=True)) == len(facts) - 1


def test_a_denied_fact_reads_as_denied() -> None:
    [denied] = [one for one in tell(sample_graph()) if one.negated]
    assert denied.sentence == "Guyana does not use cyanide."


def test_names_of_alias_tables_are_known() -> None:
    graph = sample_graph()
    names = index_names(graph, tell(graph), settings=SETTINGS.dedupe)
    assert names.resolve("Perú").name == "Peru"
    assert names.resolve("quicksilver").name == "mercury"


def test_a_question_is_answered_with_quote_and_page(workspace: Workspace) -> None:
    asked = ask_workspace(QUESTION, workspace, SETTINGS)
    assert asked.in_graph
    first = asked.answer.facts[0].statement
    assert first.sentence == "Suriname banned dredging."
    assert '"In 2018 Suriname banned dredging."' in describe_asked(asked)
    assert "page 2" in describe_asked(asked)
    assert show_asked(asked)["prose"] is None


def test_what_is_not_there_is_said(workspace: Workspace) -> None:
    asked = ask_workspace("How do I reset the password of my router?", workspace, SETTINGS)
    assert not asked.in_graph
    assert describe_asked(asked).startswith("Not in the graph.")


def test_the_second_question_embeds_only_itself(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_workspace(QUESTION, workspace, SETTINGS)
    made: list[str] = []

    def watched(name: str) -> Port[Embedder]:
        port = wire_embedder(name)

        class Watched:
            def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
                made.extend(texts)
                return port.make().embed(texts)

        return Port(port.name, Watched)

    monkeypatch.setattr(kgpipe.asking, "wire_embedder", watched)
    ask_workspace(QUESTION, workspace, SETTINGS)
    assert not made
    ask_workspace("Who uses mercury?", workspace, SETTINGS)
    assert "Who uses mercury?" in made
    assert "Suriname banned dredging. (2018)" not in made


def test_prose_decides_whether_the_graph_answers(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = iter(["Suriname banned dredging in 2018 [1].", "Ghana did [1].", "NOT IN THE GRAPH"])
    chat = FakeChatModel(lambda _: next(replies))
    monkeypatch.setattr(
        kgpipe.asking, "wire_stored_chat", lambda *_, **__: Port("fake", lambda: chat)
    )
    told = ask_workspace(QUESTION, workspace, SETTINGS, model="fake:chat")
    assert describe_asked(told).startswith("Suriname banned dredging in 2018 [1].\n\n 1. ")
    unfaithful = ask_workspace(QUESTION, workspace, SETTINGS, model="fake:chat")
    # Nothing is left of it, so that the facts alone tell.
    assert unfaithful.in_graph
    assert describe_asked(unfaithful).startswith(" 1. Suriname banned dredging.")
    assert "facts alone" in describe_dropped(unfaithful)[-1]
    assert show_asked(unfaithful)["prose"]["faults"] == {"name_added": 1}
    assert not ask_workspace(QUESTION, workspace, SETTINGS, model="fake:chat").in_graph


def test_a_model_that_fails_is_an_error_not_an_answer(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> str:
        raise ServiceError("unreachable", "no route")

    monkeypatch.setattr(
        kgpipe.asking,
        "wire_stored_chat",
        lambda *_, **__: Port("fake", lambda: FakeChatModel(fail)),
    )
    with pytest.raises(KgpipeError, match="fake did not answer: unreachable"):
        ask_workspace(QUESTION, workspace, SETTINGS, model="fake:chat")


def test_usage_errors_say_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="Ask a question in words"):
        ask_workspace(" ?", workspace, SETTINGS)
    with pytest.raises(UsageError, match="Unknown model 'big'"):
        ask_workspace(QUESTION, workspace, SETTINGS, model="big")


def test_a_summary_and_a_path(workspace: Workspace) -> None:
    told = describe_summarised(summarise_workspace("Perú", workspace, SETTINGS))
    assert told.startswith("Peru (place)")
    assert "Peru exports to India." in told
    assert "Guyana" not in told
    found = summarise_workspace("India", workspace, SETTINGS, to="Guyana")
    assert isinstance(found, Paths)
    assert found.paths[0].nodes == ("India", "Peru", "cyanide", "Guyana")
    text = describe_summarised(found)
    assert "Peru exports to India." in text
    assert "Guyana does not use cyanide. (denied)" in text


def test_an_empty_workspace_answers_that_nothing_is_there(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "empty")
    assert not ask_workspace("Who?", workspace, SETTINGS).in_graph
    with pytest.raises(UsageError, match="no entity 'Peru'"):
        summarise_workspace("Peru", workspace, SETTINGS)
    shutil.rmtree(tmp_path / "empty")
