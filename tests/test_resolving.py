import pytest

from kgpipe.backends.chat import StoredChat
from kgpipe.backends.fake import FakeChatModel, FakeEmbedder
from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.decisions import Decision
from kgpipe.errors import KgpipeError, ServiceError
from kgpipe.ports import ChatModel, Port
from kgpipe.replies import StageReplies
from kgpipe.resolving import ResolutionChoices, latest_choices, resolve_all
from kgpipe.settings import DedupeSettings
from kgpipe.types import Resolution
from kgpipe.workspace import Workspace
from tests.dedupe.decided import facts_of

CHOICES = ResolutionChoices(settings=DedupeSettings(threshold=0.9))
FACTS = facts_of(["Ghana", "Guyana"])


def _resolve(workspace: Workspace) -> Resolution:
    return resolve_all(
        workspace, FACTS, [], choices=CHOICES, embedder=Port("fake", FakeEmbedder)
    )  # fmt: skip


def test_a_decision_redoes_the_stage_and_a_note_does_not() -> None:
    workspace = Workspace(None)
    assert len(_resolve(workspace).claims) == 4
    decision = Decision(left="ghana", right="Guyana", same=True)
    assert workspace.save_decisions([decision]) == 1
    assert len(_resolve(workspace).claims) == 2
    assert workspace.save_decisions([decision.model_copy(update={"note": "sure"})]) == 1
    _resolve(workspace)
    assert workspace.status()[0].reused == 1


def test_what_the_latest_run_went_by_is_remembered() -> None:
    workspace = Workspace(None)
    assert latest_choices(workspace) is None
    _resolve(workspace)
    assert latest_choices(workspace) == CHOICES
    workspace.write_note("dedupe", {"settings": {"of_another_version": 1}})
    with pytest.raises(KgpipeError, match="call kgpipe run once"):
        latest_choices(workspace)


def test_decisions_replace_their_annotators_earlier_ones() -> None:
    workspace = Workspace(None)
    first = Decision(left="a", right="b", same=True, annotator="R1")
    other = first.model_copy(update={"annotator": "R2"})
    assert workspace.save_decisions([first, other]) == 2
    assert workspace.save_decisions([first, other]) == 0
    turned = Decision(left="B", right="A", same=False, annotator="R1")
    workspace.save_decisions([turned])
    assert sorted(workspace.decisions(), key=lambda one: one.annotator) == [turned, other]
    workspace.save_decisions([turned], instead_of=[turned.key])
    assert workspace.decisions() == [turned]


NEAR = facts_of(["gold mining", "gold mining areas", "gold mining aims"])
GREY = ResolutionChoices(
    settings=DedupeSettings(judge_from=0.5, judge="fake:chat", built_in_aliases=False)
)


def _judged(workspace: Workspace, chat: ChatModel, choices: ResolutionChoices = GREY) -> Resolution:
    stored = StoredChat(chat, StageReplies(workspace, "compare"))
    return resolve_all(
        workspace, NEAR, [], choices=choices, embedder=Port("fake", FakeEmbedder),
        judge=Port(chat.name, lambda: stored, network=True),
    )  # fmt: skip


def _says_areas(request: ChatRequest) -> str:
    shown = request.messages[-1].content
    same = "areas" in shown and "aims" not in shown
    return '{"answer": "%s"}' % ("same" if same else "different")


def test_a_model_is_asked_once_and_what_it_joins_is_a_merge() -> None:
    workspace, chat = Workspace(None), FakeChatModel(_says_areas)
    resolution = _judged(workspace, chat)
    [merge] = [merge for merge in resolution.merges if merge.reason == "judged"]
    assert {merge.left, merge.right} == {"gold mining", "gold mining areas"}
    assert merge.score == merge.cosine
    assert "A stands in" in chat.requests[0].messages[-1].content
    asked = len(chat.requests)
    assert _judged(workspace, chat) == resolution
    # Neither the replies nor the stages of another threshold are paid for again.
    other = GREY.model_copy(update={"settings": GREY.settings.model_copy(
        update={"threshold": 0.99})})  # fmt: skip
    _judged(workspace, chat, other)
    assert len(chat.requests) == asked


def test_without_a_judge_a_resolution_of_before_stays() -> None:
    workspace = Workspace(None)
    quiet = GREY.model_copy(update={"settings": DedupeSettings(built_in_aliases=False)})
    resolve_all(workspace, NEAR, [], choices=quiet, embedder=Port("fake", FakeEmbedder))
    resolve_all(workspace, NEAR, [], choices=GREY, embedder=Port("fake", FakeEmbedder))
    [status] = [status for status in workspace.status() if status.stage == "dedupe"]
    assert status.reused == 1


def test_an_unreadable_reply_is_rejected_and_its_names_stay_apart() -> None:
    workspace = Workspace(None)
    resolution = _judged(workspace, FakeChatModel(lambda request: "who knows"))
    assert not [merge for merge in resolution.merges if merge.reason == "judged"]
    faults = workspace.rejections()
    assert {(fault.stage, fault.reason, fault.state) for fault in faults} == {
        ("compare", "unparsable_reply", "rejected")
    }
    assert "gold mining | gold mining areas" in {fault.item for fault in faults}


class _Failing:
    """Fails for good on some requests."""

    name = "fake:chat"

    def __init__(self, word: str) -> None:
        self.word = word

    def reply(self, request: ChatRequest) -> ChatReply:
        if self.word in request.messages[-1].content:
            raise ServiceError("timeout", "the server did not answer; is it up?")
        return ChatReply(text='{"answer": "same"}')


def test_a_service_that_fails_on_everything_ends_the_run_and_loses_nothing() -> None:
    workspace = Workspace(None)
    with pytest.raises(KgpipeError, match=r"Stage compare: .* is it up\?.* run the same command"):
        _judged(workspace, _Failing("gold"))
    assert any(m.reason == "judged" for m in _judged(workspace, FakeChatModel(_says_areas)).merges)


def test_what_failed_is_asked_by_the_next_run_alone() -> None:
    workspace = Workspace(None)
    first = _judged(workspace, _Failing("aims"))
    assert [m.reason for m in first.merges if m.reason == "judged"] == ["judged"]
    assert {fault.state for fault in workspace.rejections()} == {"error"}
    chat = FakeChatModel(_says_areas)
    _judged(workspace, chat)
    assert chat.requests
    assert all("aims" in request.messages[-1].content for request in chat.requests)
    assert not workspace.rejections()
