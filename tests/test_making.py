from pathlib import Path
from typing import Any

from kgpipe import __version__
from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.making import collect_making, note_run
from kgpipe.replies import StageReplies
from kgpipe.settings import Settings
from kgpipe.types import Label
from kgpipe.workspace import Workspace
from tests.publish.graphs import sample_graph


def changed(**sections: dict[str, Any]) -> Settings:
    return Settings.model_validate(sections)


def test_a_run_notes_what_differs_from_the_defaults(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    note_run(workspace, changed(extract={"model": "openai:gpt", "schema": "none.ttl"},
                                dedupe={"threshold": 0.9}))  # fmt: skip
    making = collect_making(workspace, sample_graph())
    assert making.version == __version__
    assert making.settings == {"extract.model": "openai:gpt", "extract.schema": "none.ttl",
                               "dedupe.threshold": 0.9}  # fmt: skip
    note_run(workspace, Settings())
    assert collect_making(workspace, sample_graph()).settings == {}


def test_no_folder_and_no_address_of_this_machine_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    verify = {
        "evidence": ["/home/someone/evidence", "data/open", "C:\\Users\\someone\\notes"],
        "judge": ["gguf:/models/a.gguf", "openai:org/model"],
        "base_url": "http://someone:secret@localhost:1/v1",
    }
    note_run(workspace, changed(verify=verify))
    making = collect_making(workspace, sample_graph())
    assert making.settings == {
        "verify.evidence": ["evidence", "data/open", "notes"],
        "verify.judge": ["gguf:a.gguf", "openai:org/model"],
    }


def test_prompts_and_models_are_told_where_a_model_was_asked() -> None:
    workspace = Workspace(None)
    note_run(workspace, Settings())
    assert collect_making(workspace, sample_graph()).prompts is None
    request = ChatRequest(model="openai:gpt", messages=(Message(role="user", content="?"),))
    StageReplies(workspace, "verify").save("k", request, ChatReply(text="yes"))
    making = collect_making(workspace, sample_graph())
    assert [(one.stage, one.model, one.calls) for one in making.models] == [
        ("verify", "openai:gpt", 1)
    ]
    assert making.prompts is not None
    assert {len(digest) for digest in making.prompts.values()} == {64}
    assert "judge.md" in making.prompts


def test_a_workspace_without_a_note_says_so() -> None:
    making = collect_making(Workspace(None), sample_graph())
    assert (making.settings, making.prompts, making.stages) == (None, None, ())


def test_accuracy_needs_labels() -> None:
    graph = sample_graph()
    workspace = Workspace(None)
    labels = tuple(
        Label(key=claim.keys[0], label="supported" if number < 6 else "refuted", annotator="a")
        for number, claim in enumerate(graph.claims)
    )
    measured = collect_making(workspace, graph.model_copy(update={"labels": labels})).accuracy
    figures = {one.name: one.estimate for one in measured}
    shared = figures["verdicts that experts share, of those that decide"]
    assert shared.value is not None and shared.low is not None and shared.high is not None
    assert 0 <= shared.low <= shared.value <= shared.high <= 1
    assert shared.n == 7
    unlabelled = graph.model_copy(update={"labels": ()})
    assert collect_making(workspace, unlabelled).accuracy == ()
