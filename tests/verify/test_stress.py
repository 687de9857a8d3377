"""Verification as a whole under evidence that is wrong, copied, poisoned, missing or failing."""

import random
from pathlib import Path

import pytest

from kgpipe.errors import ServiceError
from kgpipe.settings import VerifySettings
from kgpipe.types import Passage, Retrieved, Vote
from kgpipe.verify.fuse import failed_verdict, verify_claim
from kgpipe.verify.passages import passages_of_text
from kgpipe.verify.retrieve import retrieve_passages
from tests.verify.builders import make_claim, make_passages, verdict_on

CLAIM = make_claim("Ghana", "has", "3,747 footprints")
SUPPORTS = (
    "Ghana has 3,747 footprints in all.",
    "The survey of Ghana counted 3,747 footprints on satellite images.",
    "With 3,747 footprints, Ghana leads the list of countries.",
)
REFUTES = "According to another source, Ghana has 1,250 footprints."


def test_one_statement_supports_and_is_quoted() -> None:
    verdict = verdict_on(CLAIM, make_passages(SUPPORTS[0]))
    assert (verdict.label, verdict.status, verdict.calibrated) == ("supported", "ok", False)
    assert [vote.quote for vote in verdict.evidence] == [SUPPORTS[0]]


def test_another_number_refutes() -> None:
    verdict = verdict_on(CLAIM, make_passages(REFUTES))
    assert (verdict.label, verdict.reason) == ("refuted", "rival_value")
    assert verdict.evidence[0].quote == REFUTES


def test_no_evidence_is_unclear_and_never_true() -> None:
    for passages in ([], make_passages("Peru exports copper and silver.")):
        verdict = verdict_on(CLAIM, passages)
        assert (verdict.label, verdict.reason) == ("unclear", "no_evidence")
        assert verdict.probability == 0.5
        assert verdict.evidence == ()


def test_shuffled_evidence_falls_back_to_the_prior() -> None:
    facts = [
        ("Ghana", "3,747 footprints"), ("Guinea", "2,488 footprints"),
        ("Nigeria", "860 footprints"), ("Liberia", "503 footprints"),
        ("Benin", "128 footprints"), ("Togo", "106 footprints"),
    ]  # fmt: skip
    others = ["Bauxite is shipped from the coast.", "The rains begin in May.", "Cocoa is grown."]
    words = [word for text in others for word in text.split()]
    random.Random(0).shuffle(words)
    for subject, object_ in facts:
        verdict = verdict_on(
            make_claim(subject, "has", object_), make_passages(*others, " ".join(words))
        )
        assert (verdict.label, verdict.probability) == ("unclear", 0.5)


def test_evidence_on_others_says_nothing_about_the_claim() -> None:
    texts = (
        "Guinea has 2,488 footprints, whereas Liberia has 503 footprints.",
        "Doko, a sub-prefecture of Ghana, contains 353 footprints.",
        "Ghana exports gold.",
    )
    assert verdict_on(CLAIM, make_passages(*texts)).label == "unclear"


def test_one_poisoned_page_among_ten_changes_nothing() -> None:
    pages = [f"{SUPPORTS[i % 3]} Note {i} was written by observer number {i}." for i in range(9)]
    verdict = verdict_on(CLAIM, make_passages(*pages, REFUTES))
    assert verdict.label == "supported"
    assert {vote.stance for vote in verdict.votes} == {"support", "refute"}


def test_a_poisoned_page_against_one_is_a_conflict() -> None:
    verdict = verdict_on(CLAIM, make_passages(SUPPORTS[0], REFUTES))
    assert (verdict.label, verdict.reason) == ("unclear", "conflicting_evidence")
    assert len(verdict.evidence) == 2


def test_a_flood_of_near_copies_counts_once() -> None:
    body = (
        "The ministry published its figures on Monday after a long debate about the method. "
        "According to the ministry, Ghana has 1,250 footprints, most of them near rivers, and the "
        "next count is planned for the dry season of the coming year."
    )
    copies = make_passages(*(f"{body} Copy {i}." for i in range(50)), prefix="copy")
    verdict = verdict_on(CLAIM, copies)
    assert len(verdict.votes) == 1
    assert verdict.probability == verdict_on(CLAIM, copies[:1]).probability
    # The flood is one voice against three.
    assert verdict_on(CLAIM, [*copies, *make_passages(*SUPPORTS)]).label == "supported"


def test_the_own_document_is_no_evidence() -> None:
    own = make_passages(SUPPORTS[0], document_id="d1")
    claim = CLAIM.model_copy(update={"documents": ("d1",)})
    assert verdict_on(claim, own).reason == "no_evidence"
    assert verdict_on(claim, [*own, *make_passages(SUPPORTS[1], prefix="x")]).label == "supported"


def test_a_negated_claim_is_refuted_by_the_plain_statement_and_the_other_way_round() -> None:
    plain = make_passages("The Convention prohibits open burning of amalgam.")
    negated = make_passages("The Convention does not prohibit open burning of amalgam.")
    claim = make_claim("Convention", "prohibit", "open burning of amalgam")
    denial = claim.model_copy(update={"negated": True})
    assert verdict_on(claim, plain).label == "supported"
    assert verdict_on(claim, negated).label == "refuted"
    assert verdict_on(denial, plain).label == "refuted"
    assert verdict_on(denial, negated).label == "supported"


class BrokenSearch:
    def search(self, query: str, *, limit: int) -> list[Passage]:
        raise ServiceError("search_failed", "the network is down")


class BrokenJudge:
    name = "broken"

    def judge(self, retrieved: Retrieved) -> list[Vote]:
        raise ServiceError("judge_failed", "the model is down")


def test_failures_are_errors_and_never_labels() -> None:
    with pytest.raises(ServiceError) as failed:
        retrieve_passages(Retrieved(claim=CLAIM), settings=VerifySettings(), search=BrokenSearch())
    with pytest.raises(ServiceError):
        verify_claim(Retrieved(claim=CLAIM), settings=VerifySettings(), judge=BrokenJudge())
    verdict = failed_verdict(CLAIM.id, failed.value)
    assert (verdict.status, verdict.label, verdict.reason) == ("error", "unclear", "search_failed")


def test_a_claim_that_cannot_be_verified_is_unclear_without_a_search() -> None:
    claim = make_claim("_:b0", "has", "3,747 footprints")
    found = retrieve_passages(
        Retrieved(claim=claim), settings=VerifySettings(), search=BrokenSearch()
    )
    verdict = verify_claim(found, settings=VerifySettings(), judge=BrokenJudge())
    assert (verdict.label, verdict.reason) == ("unclear", "unverifiable")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000, 'a" OR "b', "NEAR(a b, 2) AND NOT *", "\u202e\u0645\u0646\u062c\u0645",
        "E = mc\u00b2 \u2211\u2099 (\u03b1\u2192\u03b2)", "((((", "\u0000", "-- ; DROP TABLE",
        "mercury " * 2_000,
    ],
)  # fmt: skip
def test_odd_claims_never_break_anything(text: str) -> None:
    passages = make_passages(*SUPPORTS, "mercury and gold")
    for claim in (make_claim(text, "has", text), make_claim("Ghana", text, "gold")):
        assert verdict_on(claim, passages).status == "ok"


def test_quotes_stand_verbatim_at_their_offsets(sample: Path) -> None:
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((sample / "text").glob("*.md"))
    }
    passages = [p for name, text in texts.items() for p in passages_of_text(text, source=name)]
    claims = [
        CLAIM,
        make_claim("Guinea", "has", "2,488 footprints"),
        make_claim("mercury", "is used to extract", "gold"),
        make_claim("Minamata Convention", "was opened for signature on", "10 October 2013"),
        make_claim("Conakry", "is capital of", "Guinea"),
    ]
    votes = [vote for claim in claims for vote in verdict_on(claim, passages).votes]
    assert len(votes) >= len(claims)
    for vote in votes:
        assert texts[vote.source][vote.start : vote.end] == vote.quote
