import pytest

from kgpipe.review.identity import Known, Unmatched, index_wordings, match_row
from kgpipe.review.table import hash_row
from kgpipe.text.normalise import label_key
from tests.review.builders import make_graph, make_review, make_triple

TRIPLES = [
    make_triple("a", "council", "cyanide", time="2019-03-01"),
    make_triple("b", "Nziło camp", "007"),
    make_triple("c", "camp", "March 2019"),
    make_triple("d", "camp", "March 2019", negated=True),
]
KEYS = {triple.id: label_key(triple) for triple in TRIPLES}


def known() -> Known:
    return index_wordings(make_review(make_graph(TRIPLES, [])).facts.values())


def row(triple: str, **changed: str) -> dict[str, str]:
    shown = next(one for one in TRIPLES if one.id == triple)
    digest = hash_row(shown.subject, shown.predicate, shown.object, KEYS[triple])
    cells = {"claim_id": "x", "subject": shown.subject, "predicate": shown.predicate,
             "object": shown.object, "qualifiers": "negated" if shown.negated else "",
             "key": KEYS[triple],
             "row_hash": digest}  # fmt: skip
    return cells | changed


def unread() -> Known:
    raise AssertionError("the workspace need not be read")


def test_an_untouched_row_proves_itself() -> None:
    assert match_row(row("a"), unread) == KEYS["a"]
    assert match_row(row("a", claim_id="another"), unread) == KEYS["a"]


@pytest.mark.parametrize(
    ("triple", "changed"),
    [
        # What Excel does; a damaged key; a damaged hash; both, and the words alone are left.
        ("b", {"object": "7"}), ("b", {"subject": "Nzi?o camp"}), ("c", {"object": "Mar-19"}),
        ("a", {"key": "key-0"}), ("a", {"key": ""}), ("a", {"row_hash": "row-0"}),
        ("a", {"row_hash": "", "key": "", "qualifiers": "time: 2019-03-01"}),
        ("d", {"row_hash": "", "key": ""}), ("c", {"row_hash": "", "key": ""}),
        # The key of another fact stands in the row: the hash tells which was exported.
        ("a", {"key": KEYS["b"]}),
    ],
)  # fmt: skip
def test_a_damaged_row_is_matched(triple: str, changed: dict[str, str]) -> None:
    assert match_row(row(triple, **changed), known) == KEYS[triple]


@pytest.mark.parametrize(
    ("changed", "reason", "told"),
    [
        ({"object": "mercury"}, "edited_fact", "object was 'cyanide' and is 'mercury'"),
        ({"object": "mercury", "row_hash": ""}, "edited_fact", "object was 'cyanide'"),
        ({"subject": "shop", "row_hash": "", "key": ""}, "unknown_fact", "somebody changed them"),
        ({"subject": "", "predicate": "", "object": ""}, "no_fact", "were cells merged"),
    ],
)
def test_another_fact_is_refused(changed: dict[str, str], reason: str, told: str) -> None:
    found = match_row(row("a", **changed), known)
    assert isinstance(found, Unmatched)
    assert found.reason == reason
    assert told in found.detail


def test_words_that_several_facts_have_do_not_tell() -> None:
    other = make_triple("e", "Council", "cyanide", time="2019-03-01", place="Lima")
    twin = make_triple("f", "the council", "cyanide", quantity={"value": 1, "unit": "t"})
    graph = make_graph([TRIPLES[0], other, twin], [])
    index = index_wordings(make_review(graph).facts.values())
    cells = row("a", row_hash="", key="", qualifiers="time: 2019-03-01")
    assert match_row(cells, lambda: index) == KEYS["a"]
