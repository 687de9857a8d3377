import numpy as np
import pytest

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.types import Retrieved
from kgpipe.verify.fitted import FittedModel, fit_model
from kgpipe.verify.fitted_verdict import fitted_verdict, judge_reading
from kgpipe.verify.readings import (
    ClaimReader,
    Reading,
    adapt_readings,
    read_evidence,
    unknown_predicates,
)
from kgpipe.verify.refit import FittedFuser
from kgpipe.verify.rivals import collect_values
from kgpipe.verify.signals import COUNT_SIGNALS, ClaimEvidence, gather_evidence
from kgpipe.verify.standardise import MIN_CLAIMS
from tests.verify.builders import make_claim
from tests.verify.made_facts import RELATIONS, MadeFact, make_facts
from tests.verify.test_fitted import vote

EMBEDDER = MiniLmEmbedder()
FACTS = make_facts(40 * len(RELATIONS), relations=RELATIONS)
RIVALS = collect_values((f.statement.predicate, f.statement.objects[0]) for f in FACTS)
NEW = "deathPlace"


def gather(fact: MadeFact) -> ClaimEvidence:
    return gather_evidence(fact.statement, fact.pages, embedder=EMBEDDER, rivals=RIVALS)


@pytest.fixture(scope="module")
def model() -> FittedModel:
    known = [fact for fact in FACTS if fact.statement.predicate != NEW]
    return fit_model(
        [gather(fact) for fact in known],
        np.array([float(fact.true) for fact in known]),
        [fact.statement.subjects[0] for fact in known],
        embedder=EMBEDDER,
        embedder_name=MINILM_NAME,
        record={},
    )


@pytest.fixture(scope="module")
def batch(model: FittedModel) -> list[tuple[MadeFact, Reading]]:
    return [
        (fact, read_evidence(fact.id, gather(fact), model, embedder=EMBEDDER, taught=True))
        for fact in FACTS
        if fact.statement.predicate == NEW
    ]


def test_a_predicate_without_labels_is_judged_within_its_batch(
    model: FittedModel, batch: list[tuple[MadeFact, Reading]]
) -> None:
    adapted = adapt_readings([reading for _, reading in batch], model, embedder=EMBEDDER)
    judged = [judge_reading(reading, model) for reading in adapted]
    right = [
        (row.probability >= 0.5) == fact.true for row, (fact, _) in zip(judged, batch, strict=True)
    ]
    assert np.mean(right) > 0.9
    assert all(row.known and not row.calibrated for row in judged)
    decided = [n for n, row in enumerate(judged) if row.label != "unclear"]
    verdict = fitted_verdict(adapted[decided[0]], judged[decided[0]])
    assert verdict.reason == "fitted_within_batch"


def test_the_order_of_a_batch_changes_nothing(
    model: FittedModel, batch: list[tuple[MadeFact, Reading]]
) -> None:
    readings = [reading for _, reading in batch]
    there = {r.claim_id: r for r in adapt_readings(readings, model, embedder=EMBEDDER)}
    back = {r.claim_id: r for r in adapt_readings(readings[::-1], model, embedder=EMBEDDER)}
    for claim_id, reading in there.items():
        assert reading.signals == pytest.approx(back[claim_id].signals, abs=1e-4)


def test_a_small_batch_teaches_nothing(
    model: FittedModel, batch: list[tuple[MadeFact, Reading]]
) -> None:
    few = [reading for _, reading in batch][: MIN_CLAIMS - 1]
    assert adapt_readings(few, model, embedder=EMBEDDER) == few
    assert not judge_reading(few[0], model).known
    claims, known = (
        [
            make_claim("A", name, "B").model_copy(update={"subject_id": f"s{n}"})
            for n in range(count)
        ]
        for name, count in ((NEW, MIN_CLAIMS), ("author", 99))
    )
    assert unknown_predicates(model, claims) == (NEW,)
    assert unknown_predicates(model, [*claims[1:], *known, *claims[1:]]) == ()
    assert unknown_predicates(model._replace(general=None), claims) == ()


def test_windows_of_a_reading_are_kept_for_the_batch_alone(
    model: FittedModel, batch: list[tuple[MadeFact, Reading]]
) -> None:
    fact, reading = batch[0]
    plain = read_evidence(fact.id, gather(fact), model, embedder=EMBEDDER)
    assert (plain.windows, plain.taught) == ("", False)
    assert plain.signals[: len(COUNT_SIGNALS)] == reading.signals[: len(COUNT_SIGNALS)]
    assert Reading.model_validate_json(reading.model_dump_json()) == reading
    [*_, adapted] = adapt_readings([r for _, r in batch], model, embedder=EMBEDDER)
    assert (adapted.windows, adapted.within_batch) == ("", True)


@pytest.mark.parametrize("true", [True, False])
def test_a_batch_of_one_kind_is_not_split_by_chance(
    true: bool, model: FittedModel, batch: list[tuple[MadeFact, Reading]]
) -> None:
    facts = [f for f in make_facts(160, seed=5, relations=(NEW,)) if f.true is true]
    readings = [
        read_evidence(fact.id, gather(fact), model, embedder=EMBEDDER, taught=True)
        for fact in facts
    ]
    assert len(readings) > MIN_CLAIMS
    judged = [judge_reading(r, model) for r in adapt_readings(readings, model, embedder=EMBEDDER)]
    wrong = "refuted" if true else "supported"
    assert np.mean([row.label == wrong for row in judged]) < 0.1


def test_what_judges_found_is_not_overruled_within_a_batch(
    model: FittedModel, batch: list[tuple[MadeFact, Reading]]
) -> None:
    adapted = adapt_readings([reading for _, reading in batch], model, embedder=EMBEDDER)
    fuser = FittedFuser(
        model,
        lambda: ClaimReader(model, EMBEDDER),
        name="f",
        readings={r.claim_id: r for r in adapted},
    )
    true = next(fact for fact, _ in batch if fact.true)
    claim = make_claim(true.statement.subjects[0], NEW, true.statement.objects[0], id=true.id)
    question = Retrieved(claim=claim)
    assert fuser.needs_votes(question)
    agreed = fuser.fuse(question, [vote(1.0)])
    assert agreed is not None and agreed.label == "supported"
    assert fuser.fuse(question, [vote(-1.0)]) is None


def test_where_the_model_sees_no_evidence_votes_are_added_up(model: FittedModel) -> None:
    reading = read_evidence("c", gather(FACTS[1]._replace(pages=())), model, embedder=EMBEDDER)
    fuser = FittedFuser(
        model, lambda: ClaimReader(model, EMBEDDER), name="f", readings={"c": reading}
    )
    question = Retrieved(claim=make_claim("A", "author", "B", id="c"))
    assert fuser.fuse(question, [vote(1.0)]) is None
