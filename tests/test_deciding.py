from pathlib import Path

import pytest

from kgpipe.deciding import undo_merge
from kgpipe.pipeline import build, load_graph
from kgpipe.settings import DedupeSettings, Settings
from kgpipe.types import Graph
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace
from tests.openai_server import OpenAiServer

FACTS = (
    "subject,predicate,object\ngold mining,harms,fish\ngold mining activities,harm,rivers\n"
    "gold mining practices,harm,soil\n"
)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    path = tmp_path / "facts.csv"
    path.write_text(FACTS)
    return path


def _judged(graph: Graph) -> set[tuple[str, str]]:
    return {(merge.left, merge.right) for merge in graph.merges if merge.reason == "judged"}


def test_a_judged_merge_is_undone_without_asking_anybody(table: Path) -> None:
    workspace = Workspace(None)
    with OpenAiServer(lambda body: '{"answer": "same"}') as server:
        dedupe = DedupeSettings(judge="openai:fake", base_url=server.base_url)
        settings = Settings(dedupe=dedupe)
        build([table], workspace, settings, wire(settings, workspace), until="dedupe")
        graph = load_graph(workspace)
        assert len(_judged(graph)) == 2
        asked = len(server.bodies)
        merge = next(m for m in graph.merges if m.reason == "judged")
        _, effect = undo_merge(workspace, merge.id)
        left = _judged(load_graph(workspace))
        assert (merge.left, merge.right) not in left
        assert len(server.bodies) == asked
        assert effect.waiting == 0
        # Nor does the next run: all replies are there.
        build([table], workspace, settings, wire(settings, workspace), until="dedupe")
        assert _judged(load_graph(workspace)) == left
        assert len(server.bodies) == asked


def test_a_question_that_a_decision_raises_waits_for_the_next_run(table: Path) -> None:
    workspace = Workspace(None)
    with OpenAiServer(lambda body: '{"answer": "same"}') as server:
        dedupe = DedupeSettings(judge="openai:fake", base_url=server.base_url, max_questions=1)
        settings = Settings(dedupe=dedupe)
        build([table], workspace, settings, wire(settings, workspace), until="dedupe")
        [(left, right)] = _judged(load_graph(workspace))
        asked = len(server.bodies)
        merge = next(m for m in load_graph(workspace).merges if m.reason == "judged")
        # The one question that may be asked is now about another pair.
        _, effect = undo_merge(workspace, merge.id)
        assert (effect.waiting, len(server.bodies)) == (1, asked)
        assert not _judged(load_graph(workspace))
        build([table], workspace, settings, wire(settings, workspace), until="dedupe")
        assert len(server.bodies) == asked + 2
        [found] = _judged(load_graph(workspace))
        assert set(found) != {left, right}
