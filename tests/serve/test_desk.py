from pathlib import Path
from typing import Any

import pytest

from kgpipe.decisions import Decision
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.labelling import load_review, stream_rulings
from kgpipe.review.rows import find_outdated
from kgpipe.serve.board import Filters
from kgpipe.serve.desk import Desk, FactAnswer, MergeAnswer, Opinion
from kgpipe.serve.holdings import reread, resolve_anew
from kgpipe.settings import ReviewSettings
from kgpipe.types import Label
from kgpipe.workspace import Workspace

SUPPORTED, REFUTED = Opinion(label="supported", comment="sure"), Opinion(label="refuted")


def first_fact(desk: Desk, **filters: str) -> dict[str, Any]:
    shown = desk.fact(Filters.model_validate(filters), reviewer="Ana")
    return dict(shown["fact"])


def give(desk: Desk, fact: str, opinion: Opinion | None, *, by: str = "Ana", **more: Any) -> Any:
    return desk.label(FactAnswer(fact=fact, reviewer=by, opinion=opinion, **more))["former"]


def stored(folder: Path) -> dict[str, str]:
    """What another process would read."""
    other = Workspace(folder, create=False)
    try:
        return {label.annotator: label.label for label in other.labels()}
    finally:
        other.close()


def test_a_label_is_stored_before_the_answer(desk: Desk, folder: Path) -> None:
    fact = first_fact(desk)
    assert give(desk, fact["id"], SUPPORTED) is None
    assert stored(folder) == {"Ana": "supported"}
    [label] = desk.workspace.labels()
    assert label.key == fact["key"] and label.comment == "sure"
    assert label.labelled_at.endswith("+00:00")


def test_a_label_knows_what_was_shown(desk: Desk) -> None:
    give(desk, first_fact(desk)["id"], SUPPORTED)
    [label] = desk.workspace.labels()
    rulings = list(stream_rulings(desk.workspace))
    assert label.evidence
    # The same as a review file would keep, and another once other evidence has come.
    assert find_outdated(load_review(desk.workspace), rulings) == []
    old = label.model_copy(update={"evidence": "seen-before"})
    desk.workspace.save_labels([old])
    assert find_outdated(load_review(desk.workspace), rulings) == [old]


def test_the_last_label_of_a_reviewer_wins_and_undo_restores(desk: Desk, folder: Path) -> None:
    fact = first_fact(desk)["id"]
    assert give(desk, fact, SUPPORTED) is None
    assert give(desk, fact, REFUTED) == SUPPORTED.model_dump()
    assert stored(folder) == {"Ana": "refuted"}
    give(desk, fact, SUPPORTED, replaces=REFUTED)
    assert stored(folder) == {"Ana": "supported"}
    give(desk, fact, None, replaces=SUPPORTED)
    assert stored(folder) == {}


def test_an_undo_that_comes_too_late_does_no_harm(desk: Desk, folder: Path) -> None:
    fact = first_fact(desk)["id"]
    give(desk, fact, SUPPORTED)
    give(desk, fact, REFUTED)
    with pytest.raises(KgpipeError, match="changed since"):
        give(desk, fact, None, replaces=SUPPORTED)
    assert stored(folder) == {"Ana": "refuted"}


def test_undo_takes_back_no_adjudication(desk: Desk) -> None:
    fact = first_fact(desk)
    ruling = Label(key=fact["key"], label="refuted", annotator="Ana", role="adjudicator")
    desk.workspace.save_labels([ruling])
    desk.board.read_labels([ruling])
    give(desk, fact["id"], SUPPORTED)
    give(desk, fact["id"], None, replaces=SUPPORTED)
    assert desk.workspace.labels() == [ruling]
    give(desk, fact["id"], SUPPORTED)
    shown = desk.fact(Filters(), reviewer="Ana", start=fact["id"])["fact"]
    assert [one["role"] for one in shown["others"]] == ["adjudicator"]
    assert shown["mine"]["role"] == "reviewer" and not shown["disputed"]


def test_labels_of_others_stay_hidden_until_ones_own(desk: Desk) -> None:
    fact = first_fact(desk)["id"]
    give(desk, fact, SUPPORTED, by="Ben")

    def shown() -> dict[str, Any]:
        return dict(desk.fact(Filters(), reviewer="Ana", start=fact)["fact"])

    assert shown()["others"] == [] and shown()["hidden"] == 1
    give(desk, fact, REFUTED)
    assert [one["annotator"] for one in shown()["others"]] == ["Ben"]
    assert shown()["disputed"] and shown()["mine"]["label"] == "refuted"
    outsider = desk.fact(Filters(), reviewer="Cem", start=fact)["fact"]
    assert len(outsider["others"]) == 2, "what is disputed is shown to whoever adjudicates"


def test_what_another_process_writes_is_seen(desk: Desk, folder: Path) -> None:
    fact = first_fact(desk)
    revision = desk.revision
    desk.catch_up()
    assert desk.revision == revision, "nothing happened"
    other = Workspace(folder, create=False)
    other.save_labels([Label(key=fact["key"], label="refuted", annotator="Ben")])
    desk.catch_up()
    assert desk.revision > revision
    assert desk.overview("Ana")["labelled"] == 1 and not desk.overview("Ana")["stale"]
    revision = desk.revision
    other.write_note("something", "else")
    desk.catch_up()
    assert desk.revision == revision, "no label, no decision and no run"
    other.forget(["verify"])
    other.close()
    desk.catch_up()
    assert desk.overview("Ana")["stale"]
    desk.take(reread(desk.workspace, settings=desk.settings))
    assert not desk.overview("Ana")["stale"]
    assert first_fact(desk)["verdict"] is None


def test_steps_go_through_what_the_filters_let_in(desk: Desk) -> None:
    filters = Filters(words="mining cover")
    first = desk.fact(filters, reviewer="Ana")
    assert (first["number"], first["matching"]) == (1, 2)
    second = desk.fact(filters, reviewer="Ana", start=first["fact"]["id"], move="next")
    assert second["number"] == 2 and second["fact"]["id"] != first["fact"]["id"]
    third = desk.fact(filters, reviewer="Ana", start=second["fact"]["id"], move="next")
    assert third["fact"]["id"] == first["fact"]["id"]
    nothing = desk.fact(Filters(words="no such words"), reviewer="Ana")
    assert nothing["fact"] is None and nothing["matching"] == 0


def test_a_fact_that_the_filters_keep_out_can_be_gone_back_to(desk: Desk) -> None:
    fact = first_fact(desk)["id"]
    give(desk, fact, SUPPORTED)
    shown = desk.fact(Filters(labels="unlabelled"), reviewer="Ana", start=fact)
    assert shown["fact"]["id"] == fact and shown["number"] == 0


def test_a_fact_lies_beside_all_that_was_found_on_it(desk: Desk) -> None:
    fact = first_fact(desk, words="miners mercury")
    assert fact["verdict"]["label"] == "supported" and 0.5 < fact["verdict"]["probability"] <= 1
    assert {vote["stance"] for vote in fact["verdict"]["evidence"]} == {"support"}
    stated = {one["source"] for one in (fact["source"], *fact["support"])}
    assert stated == {"in/notes.txt", "in/river.pdf"}
    for vote in fact["verdict"]["evidence"]:
        view = desk.view(vote["document"], vote["start"], vote["end"])
        assert vote["source"] == view["source"]


def test_conflicting_facts_stand_side_by_side(desk: Desk) -> None:
    shown = desk.conflict(0, "Ana")
    assert {fact["object"] for fact in shown["facts"]} == {
        "120 hectares of land", "340 hectares of land",
    }  # fmt: skip
    assert {fact["conflict"] for fact in shown["facts"]} == {1}
    with pytest.raises(UsageError, match="no set"):
        desk.conflict(1, "Ana")


def test_a_decision_is_stored_at_once_and_applied_when_asked(desk: Desk, folder: Path) -> None:
    shown = desk.merge(0, "Ana")["merge"]
    assert {shown["left"], shown["right"]} == {"mercury", "Hg"}
    facts = len(desk.board.claims)
    assert desk.decide(MergeAnswer(merge=shown["id"], reviewer="Ana", same=False))["former"] is None
    other = Workspace(folder, create=False)
    [decision] = other.decisions()
    other.close()
    assert decision == Decision(
        left=shown["left"], right=shown["right"], same=False, annotator="Ana"
    )
    assert desk.overview("Ana")["unapplied"] == 1 and len(desk.board.claims) == facts
    effect, held = resolve_anew(desk.workspace, settings=desk.settings)
    desk.take(held)
    assert effect.new and desk.overview("Ana")["unapplied"] == 0
    assert len(desk.board.claims) == effect.facts_after == facts + 1
    apart = desk.merge(0, "Ana")["merge"]
    assert apart["reason"] == "kept_apart" and apart["mine"]["same"] is False


def test_a_decision_can_be_taken_back(desk: Desk) -> None:
    merge = desk.merge(0, "Ana")["merge"]["id"]
    desk.decide(MergeAnswer(merge=merge, reviewer="Ana", same=True, note="an alias"))
    desk.decide(MergeAnswer(merge=merge, reviewer="Ben", same=False))
    former = desk.decide(MergeAnswer(merge=merge, reviewer="Ana", same=None))["former"]
    assert former == {"same": True, "note": "an alias"}
    assert [one.annotator for one in desk.workspace.decisions()] == ["Ben"]


def test_a_decision_against_a_chain_of_others_is_refused(desk: Desk) -> None:
    merge = desk.merge(0, "Ana")["merge"]
    chain = [("mercury", "quicksilver"), ("quicksilver", "Hg")]
    desk.workspace.save_decisions(
        [Decision(left=a, right=b, same=True, annotator="Ben") for a, b in chain]
    )
    desk = Desk(desk.workspace, settings=ReviewSettings())
    with pytest.raises(KgpipeError, match="quicksilver"):
        desk.decide(MergeAnswer(merge=merge["id"], reviewer="Ana", same=False))
    assert len(desk.workspace.decisions()) == 2


def test_nothing_is_resolved_while_a_run_is_under_way(desk: Desk, folder: Path) -> None:
    other = Workspace(folder, create=False)
    with other.exclusive(), pytest.raises(KgpipeError, match="Another kgpipe run"):
        resolve_anew(desk.workspace, settings=desk.settings)
    other.close()


def test_ids_that_are_none_are_named(desk: Desk) -> None:
    with pytest.raises(UsageError, match="claim-none"):
        give(desk, "claim-none", SUPPORTED)
    with pytest.raises(UsageError, match="merge-none"):
        desk.decide(MergeAnswer(merge="merge-none", reviewer="Ana", same=True))
    with pytest.raises(UsageError, match="doc-none"):
        desk.view("doc-none", 0, 1)
    document = next(iter(desk.library.by_id))
    for start, end in ((5, 4), (0, 10**9)):
        with pytest.raises(UsageError, match="holds no document"):
            desk.view(document, start, end)


def test_a_workspace_without_facts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="no facts"):
        Desk(Workspace(tmp_path / "new"), settings=ReviewSettings())
