from collections.abc import Callable
from pathlib import Path

import pytest

from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.errors import ItemError, KgpipeError, ServiceError, UsageError
from kgpipe.pool import Outcome
from kgpipe.ports import Port
from kgpipe.replies import StageReplies
from kgpipe.settings import ExtractSettings
from kgpipe.storage import fingerprint
from kgpipe.types import Extraction, Label, Rejection
from kgpipe.workspace import Workspace


class Counting:
    """A stage function that counts its calls."""

    def __init__(self, faults: dict[str, ItemError] | None = None) -> None:
        self.calls: list[str] = []
        self.faults = faults or {}

    def __call__(self, item: str, **_: object) -> Message:
        self.calls.append(item)
        if item in self.faults:
            raise self.faults[item]
        return Message(role="user", content=item.upper())


def apply(
    workspace: Workspace, function: Callable[..., Message], items: list[str], version: str = "1"
) -> list[Message | Rejection]:
    return workspace.map(
        "shout", function, items, key=lambda item: item, returns=Message, version=version
    )


def test_map_is_map_and_computes_nothing_twice(tmp_path: Path) -> None:
    stage = Counting()
    for _ in range(2):
        workspace = Workspace(tmp_path)
        results = apply(workspace, stage, ["b", "a", "b"])
        assert [r.content for r in results if isinstance(r, Message)] == ["B", "A", "B"]
        workspace.close()
    assert stage.calls == ["b", "a"]
    assert [s.reused for s in Workspace(tmp_path).status()] == [2]


def test_a_new_item_costs_one_call_and_a_removed_one_disappears(tmp_path: Path) -> None:
    workspace, stage = Workspace(tmp_path), Counting()
    apply(workspace, stage, ["a", "b"])
    apply(workspace, stage, ["b", "c"])
    assert stage.calls == ["a", "b", "c"]
    assert [m.content for m in workspace.current("shout", Message)] == ["B", "C"]
    apply(workspace, stage, ["b"], version="2")
    assert stage.calls == ["a", "b", "c", "b"]


def test_a_rejection_is_kept_and_an_error_is_tried_again() -> None:
    workspace = Workspace(None)
    stage = Counting({"a": ItemError("bad", "no"), "b": ServiceError("down", "wait")})
    first = apply(workspace, stage, ["a", "b", "c"])
    assert [r.reason for r in first if isinstance(r, Rejection)] == ["bad", "down"]
    [status] = workspace.status()
    assert (status.seen, status.done, status.rejected, status.errors) == (3, 1, 1, 1)
    assert status.reasons == {"bad": 1, "down": 1}
    stage.faults = {}
    second = apply(workspace, stage, ["a", "b", "c"])
    assert stage.calls == ["a", "b", "c", "b"]
    assert [type(r).__name__ for r in second] == ["Rejection", "Message", "Message"]


def test_what_was_finished_survives_a_fault_of_the_run(tmp_path: Path) -> None:
    def stop(item: str) -> Message:
        if item == "c":
            raise KgpipeError("no money")
        return Message(role="user", content=item)

    workspace = Workspace(tmp_path)
    with pytest.raises(KgpipeError, match="no money"):
        apply(workspace, stop, ["a", "b", "c", "d"])
    [status] = workspace.status()
    assert (status.seen, status.done, status.waiting) == (4, 2, 2)
    stage = Counting()
    apply(workspace, stage, ["a", "b", "c", "d"])
    assert stage.calls == ["c", "d"]


def test_known_rejections_count_but_are_not_results() -> None:
    workspace = Workspace(None)
    known = Rejection(stage="shout", item="x.pdf", reason="empty", detail="0 bytes")
    results = workspace.map(
        "shout", Counting(), ["a"], key=str, returns=Message, version="1", rejected=[known]
    )
    assert results == [Message(role="user", content="A")]
    [status] = workspace.status()
    assert (status.seen, status.kept, status.rejected) == (2, 1, 1)
    assert workspace.rejections() == [known]


def test_once_turns_a_rejection_into_a_fault_of_the_run() -> None:
    workspace = Workspace(None)
    stage = Counting({"all": ItemError("odd", "cannot")})
    with pytest.raises(KgpipeError, match=r"odd\. cannot"):
        workspace.once("shout", stage, "all", key="k", returns=Message, version="1")
    assert workspace.once(
        "shout", Counting(), "all", key="k2", returns=Message, version="1"
    ) == Message(role="user", content="ALL")


def test_inner_rejections_are_counted_by_reason() -> None:
    inner = Rejection(stage="extract", item="c", reason="quote_not_found", detail="...")

    def extract(item: str) -> Extraction:
        return Extraction(chunk_id=item, triples=(), rejections=(inner, inner))

    workspace = Workspace(None)
    workspace.map("extract", extract, ["c"], key=str, returns=Extraction, version="1")
    [status] = workspace.status()
    assert (status.done, status.kept, status.reasons) == (1, 0, {"quote_not_found": 2})


def test_fingerprint_follows_results_not_patience() -> None:
    def of(settings: ExtractSettings, **rest: Port[str]) -> str:
        return fingerprint("extract", version="1", settings=settings, data=(), ports=rest)

    base = of(ExtractSettings())
    assert of(ExtractSettings(concurrency=3, timeout_seconds=9)) == base
    assert of(ExtractSettings(temperature=0.5)) != base
    assert of(ExtractSettings(), model=Port("a", str)) != of(
        ExtractSettings(), model=Port("b", str)
    )


def test_replies_are_kept_for_ever_and_booked_to_their_stage(tmp_path: Path) -> None:
    request = ChatRequest(model="m", messages=(Message(role="user", content="hi"),))
    workspace = Workspace(tmp_path)
    apply(workspace, Counting(), ["a"])
    replies = StageReplies(workspace, "shout")
    assert replies.find("k") is None
    replies.save("k", request, ChatReply(text="first", input_tokens=5, output_tokens=2, cost=0.5))
    replies.save("k", request, ChatReply(text="second"))
    replies.save("l", request, ChatReply(text="free"))
    workspace.close()
    again = Workspace(tmp_path)
    found = StageReplies(again, "other").find("k")
    assert found is not None
    assert found.text == "first"
    [status] = again.status()
    assert (status.input_tokens, status.output_tokens, status.cost, status.unpriced) == (
        5,
        2,
        0.5,
        1,
    )


def test_labels_are_replaced_by_the_same_annotator_only() -> None:
    workspace = Workspace(None)
    first = Label(key="k", label="supported", annotator="ana", labelled_at="2026-01-01")
    other = Label(key="k", label="refuted", annotator="bo")
    assert workspace.save_labels([first, other]) == 2
    assert workspace.save_labels([first, other]) == 0
    assert workspace.save_labels([first.model_copy(update={"label": "unclear"})]) == 1
    assert [(x.annotator, x.label) for x in workspace.labels()] == [
        ("ana", "unclear"),
        ("bo", "refuted"),
    ]


def test_two_runs_cannot_share_a_workspace(tmp_path: Path) -> None:
    first, second = Workspace(tmp_path), Workspace(tmp_path)
    with first.exclusive(), pytest.raises(KgpipeError, match="Another kgpipe run"):
        second.exclusive().__enter__()
    with second.exclusive():
        pass


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a kgpipe workspace"):
        Workspace(tmp_path / "nothing", create=False)
    (tmp_path / "workspace.sqlite").write_bytes(b"not a database at all, just bytes" * 9)
    with pytest.raises(UsageError, match="Cannot open the workspace"):
        Workspace(tmp_path)


def test_progress_sees_every_item() -> None:
    class Watch:
        def __init__(self) -> None:
            self.seen: list[object] = []

        def start(self, stage: str, *, total: int, reused: int) -> None:
            self.seen.append((stage, total, reused))

        def advance(self, stage: str, outcome: Outcome) -> None:
            self.seen.append(outcome.key)

        def pay(self, stage: str, reply: ChatReply) -> None:
            self.seen.append((stage, reply.output_tokens))

        def finish(self, stage: str) -> None:
            self.seen.append("end")

    watch = Watch()
    workspace = Workspace(None, progress=watch)
    apply(workspace, Counting(), ["a", "b"])
    request = ChatRequest(model="m", messages=())
    for _ in range(2):
        # The second one is not paid: the store has it.
        StageReplies(workspace, "shout").save("k", request, ChatReply(text="", output_tokens=7))
    assert watch.seen == [("shout", 2, 0), "a", "b", "end", ("shout", 7)]
