import pytest

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.decisions import Decision
from kgpipe.errors import KgpipeError
from kgpipe.ports import Port
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
