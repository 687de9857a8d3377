from collections import Counter

import numpy as np
import pytest

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.errors import UsageError
from kgpipe.review.route import assign_facts, route_queue
from kgpipe.settings import ReviewSettings
from kgpipe.types import Graph, Label
from tests.review.builders import make_graph, make_triple


def graph_of(count: int, labels: tuple[Label, ...] = ()) -> Graph:
    triples = [make_triple(f"{n:03}", f"s{n}", f"o{n}") for n in range(count)]
    return make_graph(triples, [0.6] * count, labels=labels)


def gold(graph: Graph, count: int, annotator: str = "gold") -> Graph:
    labels = tuple(
        Label(key=claim.keys[0], label="supported", annotator=annotator)
        for claim in graph.claims[:count]
    )
    return graph.model_copy(update={"labels": graph.labels + labels})


def no_embedder() -> FakeEmbedder:
    raise AssertionError("nothing is to be embedded without a history")


def test_without_history_the_queue_is_dealt_in_turn() -> None:
    shares = assign_facts(np.zeros((3, 9)), overlap=0.0)
    assert shares == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]


def test_a_share_goes_to_two_reviewers_and_is_spread_over_the_queue() -> None:
    shares = assign_facts(np.zeros((3, 100)), overlap=0.1)
    counts = Counter(fact for share in shares for fact in share)
    assert set(counts) == set(range(100))
    assert [fact for fact, count in sorted(counts.items()) if count == 2] == list(range(5, 100, 10))
    assert sorted(map(len, shares)) == [36, 37, 37]
    assert all(len(share) == len(set(share)) and share == sorted(share) for share in shares)


def test_facts_go_to_who_knows_them_as_long_as_there_is_room() -> None:
    advantage = np.zeros((2, 10))
    advantage[1, :3] = 0.2
    assert assign_facts(advantage, overlap=0.0)[1][:3] == [0, 1, 2]
    advantage[1] = 0.2
    shares = assign_facts(advantage, overlap=0.0)
    assert shares == [[5, 6, 7, 8, 9], [0, 1, 2, 3, 4]]


def test_one_reviewer_gets_everything_once() -> None:
    assert assign_facts(np.zeros((1, 4)), overlap=0.5) == [[0, 1, 2, 3]]


def test_each_reviewer_gets_a_batch() -> None:
    settings = ReviewSettings(batch=20, reviewers=("ann", "ben"), overlap=0.25)
    shares = route_queue(graph_of(200), settings=settings, embedder=no_embedder)
    assert [(share.reviewer, len(share.rows)) for share in shares] == [("ann", 20), ("ben", 20)]
    assert all(row.reviewer == share.reviewer for share in shares for row in share.rows)
    ids = [{row.claim_id for row in share.rows} for share in shares]
    assert len(ids[0] & ids[1]) == 8
    assert shares == route_queue(graph_of(200), settings=settings, embedder=no_embedder)


def test_few_facts_are_shared_evenly() -> None:
    settings = ReviewSettings(batch=100, reviewers=("ann", "ben", "cy"), overlap=0.0)
    shares = route_queue(graph_of(7), settings=settings, embedder=no_embedder)
    assert [len(share.rows) for share in shares] == [3, 2, 2]


def test_known_facts_are_slipped_in() -> None:
    settings = ReviewSettings(batch=20, reviewers=("ann", "ben"), overlap=0.0, seeded=0.1)
    graph = gold(graph_of(200), 30)
    settled = {claim.keys[0] for claim in graph.claims[:30]}
    shares = route_queue(graph, settings=settings, embedder=no_embedder)
    for share in shares:
        assert len(share.rows) == 20
        known = [row.key for row in share.rows if row.key in settled]
        assert sorted(known) == sorted(share.known)
        assert len(known) == 2
    assert shares[0].known != shares[1].known


def test_who_knows_a_subject_gets_it() -> None:
    triples = [
        *(make_triple(f"m{n:02}", f"mercury amalgam {n}", "mercury vapour") for n in range(20)),
        *(make_triple(f"t{n:02}", f"customs duty {n}", "export licence") for n in range(20)),
    ]
    graph = make_graph(triples, [0.6] * 40)
    labels = [
        Label(
            key=claim.keys[0],
            label="supported" if claim.id.startswith(known) else "refuted",
            annotator=name,
        )
        for claim in (*graph.claims[:10], *graph.claims[20:30])
        for name, known in (("ann", "claim-m"), ("ben", "claim-t"), ("gold", "claim"))
    ]
    settings = ReviewSettings(batch=10, reviewers=("ann", "ben"), overlap=0.0, seeded=0.0)
    ann, ben = route_queue(
        graph.model_copy(update={"labels": tuple(labels)}), settings=settings, embedder=FakeEmbedder
    )
    assert {row.claim_id[:7] for row in ann.rows} == {"claim-m"}
    assert {row.claim_id[:7] for row in ben.rows} == {"claim-t"}


@pytest.mark.parametrize(
    ("names", "words"),
    [((), "Name the reviewers"), (("ann", " "), "Name the"), (("ann", "ann"), "named twice"),
     (("ann", "gold"), "gold cannot review")],
)  # fmt: skip
def test_names_are_checked(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        route_queue(graph_of(3), settings=ReviewSettings(reviewers=names), embedder=no_embedder)
