from kgpipe.types import Claim
from kgpipe.verify.graph_evidence import score_claims
from kgpipe.verify.graph_scores import GRAPH_SCORES, score_triples
from kgpipe.verify.known_graph import build_graph
from tests.verify.small_graph import TRIPLES


def claims(*, denied: int = -1) -> list[Claim]:
    return [
        Claim(
            id=str(number), subject_id=head, predicate=name, object_id=tail, subject=head,
            object=tail, support=(), documents=(), keys=(), negated=number == denied,
        )
        for number, (head, name, tail) in enumerate(TRIPLES)
    ]  # fmt: skip


def test_claims_are_judged_by_the_others_and_by_trusted_triples() -> None:
    scores = score_claims(claims()[:-1], trusted=TRIPLES[-1:])
    assert scores.tolist() == score_triples(build_graph(TRIPLES), TRIPLES[:-1]).tolist()
    assert scores.shape == (4, len(GRAPH_SCORES))


def test_a_denied_claim_is_no_evidence() -> None:
    column = GRAPH_SCORES.index("tail_frequency")
    # Without b's living in d, nobody else does.
    assert score_claims(claims())[3, column] == 0.5
    assert score_claims(claims(denied=4))[3, column] == 0
