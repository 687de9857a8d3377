import numpy as np

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.labels import labels_by_key, trust_annotators
from kgpipe.review.knowledge import Past, find_past, measure_knowledge
from kgpipe.types import Label
from tests.review.builders import make_graph, make_triple

TRIPLES = [
    *(make_triple(f"m{n}", f"mercury amalgam {n}", "mercury vapour") for n in range(12)),
    *(make_triple(f"t{n}", f"customs duty {n}", "export licence") for n in range(12)),
]
CLAIMS = make_graph(TRIPLES, []).claims


def test_a_label_is_held_against_what_others_say() -> None:
    key = CLAIMS[0].keys[0]
    labels = [
        Label(key=key, label="supported", annotator="ann"),
        Label(key=key, label="refuted", annotator="ben"),
        Label(key=key, label="refuted", annotator="gold"),
        Label(key=CLAIMS[1].keys[0], label="refuted", annotator="ann"),
    ]
    past = find_past(
        CLAIMS, labels_by_key(trust_annotators(labels, ("gold",))), reviewers=("ann", "ben")
    )
    assert [(one.claim.id, one.reviewer, one.agrees) for one in past] == [
        (CLAIMS[0].id, "ann", False),
        (CLAIMS[0].id, "ben", True),
    ]


def test_reviewers_do_better_on_what_they_know() -> None:
    past = [Past(claim, "ann", claim.id.startswith("claim-m")) for claim in CLAIMS[::2]]
    past += [Past(claim, "ben", claim.id.startswith("claim-t")) for claim in CLAIMS[::2]]
    found = measure_knowledge(CLAIMS, past, reviewers=("ann", "ben", "cy"), embedder=FakeEmbedder())
    assert found.shape == (3, 24)
    assert (found[0, :12] > 0).all()
    assert (found[0, 12:] < 0).all()
    assert np.array_equal(found[1] > 0, found[0] < 0)
    assert not found[2].any()


def test_one_label_makes_no_expert() -> None:
    past = [Past(CLAIMS[0], "ann", True), *(Past(claim, "ann", True) for claim in CLAIMS[12:])]
    found = measure_knowledge(CLAIMS, past, reviewers=("ann",), embedder=FakeEmbedder())
    assert not found.any()


def test_nothing_is_known_without_a_past() -> None:
    found = measure_knowledge(CLAIMS, [], reviewers=("ann", "ben"), embedder=FakeEmbedder())
    assert found.shape == (2, 24)
    assert not found.any()
