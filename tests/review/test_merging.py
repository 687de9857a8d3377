from pathlib import Path

from kgpipe.review.importing import Edit
from kgpipe.review.merging import merge_edits
from kgpipe.types import Label, Polarity

PATH = Path("r.csv")


def say(label: Polarity, annotator: str = "R1", **more: str) -> Label:
    return Label.model_validate({"key": "k", "label": label, "annotator": annotator, **more})


def edit(label: Label, base: tuple[str, str] = ("", "")) -> Edit:
    return Edit(5, label, base)


def merged(
    new: Edit, *stored: Label, replaced: tuple[Label, ...] = (), replace: bool = False
) -> tuple[list[Label], list[str]]:
    found = merge_edits([new], PATH, stored=stored, replaced=replaced, replace=replace)
    return found.labels, [one.reason for one in found.left]


def test_two_reviewers_keep_a_label_each() -> None:
    other = say("refuted", "R2")
    assert merged(edit(other), say("supported")) == ([other], [])


def test_what_is_stored_already_has_no_effect() -> None:
    assert merged(edit(say("supported")), say("supported")) == ([], [])


def test_a_reviewer_may_change_their_mind() -> None:
    assert merged(edit(say("refuted")), say("supported")) == ([say("refuted")], [])
    # On other evidence the same answer is given anew.
    again = say("supported", evidence="seen-2")
    assert merged(edit(again), say("supported", evidence="seen-1")) == ([again], [])


def test_an_older_file_does_not_undo_what_was_said_since() -> None:
    old, new = say("supported"), say("refuted")
    assert merged(edit(old), new, replaced=(old,)) == ([], ["replaced_since"])
    assert merged(edit(old), new, replaced=(old,), replace=True) == ([old], [])


def test_nameless_edits_of_one_base_are_not_taken_for_one_person() -> None:
    first, second = say("supported", ""), say("refuted", "")
    assert merged(edit(second), first) == ([], ["unnamed_reviewers"])
    # What was exported after the first was stored says which label it changes.
    assert merged(edit(second, ("supported", "")), first) == ([second], [])
    assert merged(edit(second), first, replace=True) == ([second], [])


def test_a_row_that_is_left_is_named() -> None:
    found = merge_edits([edit(say("refuted", ""))], PATH, stored=[say("supported", "")],
                        replaced=[])  # fmt: skip
    assert found.left[0].item == "r.csv:5"
    assert found.left[0].detail.startswith("row 5: 'refuted' here, 'supported' in another file")


def test_an_adjudicator_stands_beside_their_own_review() -> None:
    settled = say("refuted", role="adjudicator")
    assert merged(edit(settled), say("supported")) == ([settled], [])
