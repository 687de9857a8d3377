from collections.abc import Iterable

import pytest

from kgpipe.errors import UsageError
from kgpipe.serve.board import Board, Filters, read_filters
from kgpipe.settings import ReviewSettings
from kgpipe.types import Label, Polarity
from tests.review.builders import make_graph, make_triple

TRIPLES = [
    make_triple("t1", "Miners", "mercury"),
    make_triple("t2", "Traders", "gold", predicate="buy"),
    make_triple("t3", "Clinics", "Mercury lamps"),
    make_triple("t4", "Mills", "power"),
]
PROBABILITIES = [0.5, 0.6, 0.7]


def make_board(labels: Iterable[Label] = ()) -> Board:
    graph = make_graph(TRIPLES, PROBABILITIES, labels=tuple(labels))
    return Board(graph, settings=ReviewSettings(batch=1))


def label(board: Board, claim: str, word: Polarity, annotator: str = "Ana") -> Label:
    return Label(key=board.keys[board.place_of[claim]], label=word, annotator=annotator)


def found(board: Board, annotator: str = "Ana", **filters: str) -> set[str]:
    places = board.find(Filters.model_validate(filters), annotator)
    return {board.claims[place].id.removeprefix("claim-") for place in places}


def test_every_claim_has_one_place_and_labelled_ones_come_last() -> None:
    board = make_board()
    assert sorted(claim.id for claim in board.claims) == [f"claim-t{n}" for n in (1, 2, 3, 4)]
    first = board.claims[0].id
    again = make_board([label(board, first, "refuted")])
    assert again.claims[-1].id == first


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"t1", "t2", "t3", "t4"}),
        ({"words": "MERCURY"}, {"t1", "t3"}),
        ({"words": "mercury clin"}, {"t3"}),
        ({"predicate": "BU"}, {"t2"}),
        ({"document": "A.pdf"}, {"t1", "t2", "t3", "t4"}),
        ({"document": "b.pdf"}, set()),
        ({"verdict": "none"}, {"t4"}),
        ({"verdict": "unclear", "words": "gold"}, {"t2"}),
    ],
)
def test_filters(filters: dict[str, str], expected: set[str]) -> None:
    assert found(make_board(), **filters) == expected


def test_filters_follow_labels() -> None:
    board = make_board()
    for claim, word, annotator in (
        ("claim-t1", "supported", "Ana"),
        ("claim-t2", "refuted", "Ben"),
        ("claim-t1", "refuted", "Ben"),
    ):
        given = label(board, claim, word, annotator)  # type: ignore[arg-type]
        board.put_label(given.key, annotator, given)
    assert found(board, labels="unlabelled") == {"t3", "t4"}
    assert found(board, labels="mine") == {"t1"}
    assert found(board, "Ben", labels="mine") == {"t1", "t2"}
    assert found(board, labels="open") == {"t2", "t3", "t4"}
    assert found(board, "Cem", labels="open") == {"t1", "t2", "t3", "t4"}
    assert found(board, labels="disputed") == {"t1"}
    assert board.count("Ana") == {"facts": 4, "labelled": 2, "mine": 1, "disputed": 1}
    board.put_label(label(board, "claim-t1", "refuted").key, "Ana", None)
    assert found(board, labels="disputed") == set() == found(board, labels="mine")


def test_labels_can_be_read_anew() -> None:
    board = make_board()
    first, second = label(board, "claim-t1", "supported"), label(board, "claim-t2", "unclear")
    stranger = Label(key="key-elsewhere", label="refuted", annotator="Ana")
    board.read_labels([first, stranger])
    assert found(board, labels="mine") == {"t1"}
    board.read_labels([second])
    assert found(board, labels="mine") == {"t2"}
    assert board.label_of(first.key, "Ana") is None


def test_an_adjudicator_settles_and_keeps_the_label_of_the_reviewer_of_that_name() -> None:
    board = make_board()
    place = board.place_of["claim-t1"]
    own, other = label(board, "claim-t1", "supported"), label(board, "claim-t1", "refuted", "Ben")
    ruling = other.model_copy(update={"annotator": "Ana", "role": "adjudicator"})
    for order in ([own, other, ruling], [ruling, other, own]):
        board.read_labels(order)
        assert board.label_of(own.key, "Ana") == own
        assert found(board, labels="disputed") == set()
        assert [(one.annotator, one.role) for one in board.labels_at(place)] == [
            ("Ana", "adjudicator"), ("Ana", "reviewer"), ("Ben", "reviewer"),
        ]  # fmt: skip
    board.put_label(own.key, "Ana", None)
    assert len(board.labels_at(place)) == 2 and found(board, labels="mine") == set()


def test_steps_join_the_ends() -> None:
    board = make_board()
    assert [board.step([1, 3, 4], None, move) for move in ("next", "previous")] == [1, 4]
    assert [board.step([1, 3, 4], at, "next") for at in (0, 1, 2, 3, 4)] == [1, 3, 3, 4, 1]
    assert [board.step([1, 3, 4], at, "previous") for at in (1, 2, 3, 4)] == [4, 1, 1, 3]


def test_choices_start_with_the_commonest() -> None:
    choices = make_board().choices()
    assert choices["predicates"] == ["use", "buy"]
    assert choices["documents"] == ["reports/a.pdf"]
    assert choices["verdicts"] == ["none", "unclear"]


def test_filters_are_read_from_an_address() -> None:
    assert read_filters({"words": " gold ", "reviewer": "Ana"}) == Filters(words="gold")
    with pytest.raises(UsageError, match="no such filter"):
        read_filters({"verdict": "perhaps"})
