import numpy as np
import pytest
from sklearn import metrics as reference

from kgpipe.evaluate.cases import LABELS
from kgpipe.evaluate.gold import GoldLabel, VerdictRow
from kgpipe.evaluate.verification import list_errors, score_verification
from kgpipe.types import Polarity


def label(identifier: str, value: Polarity | None, **votes: Polarity) -> GoldLabel:
    return GoldLabel(id=identifier, label=value, votes=votes, group="")


def verdict(identifier: str, value: Polarity, probability: float | None = None) -> VerdictRow:
    return VerdictRow(id=identifier, label=value, probability=probability)


def test_scores_equal_scikit_learns() -> None:
    generator = np.random.default_rng(5)
    gold = [LABELS[code] for code in generator.integers(0, 3, size=60)]
    ours = [LABELS[code] for code in generator.integers(0, 3, size=60)]
    probability = generator.random(60).round(3)
    scores = score_verification(
        {str(n): verdict(str(n), one, probability[n]) for n, one in enumerate(ours)},
        labels=[label(str(n), one) for n, one in enumerate(gold)],
        name="x",
        unlabelled=0,
    )
    assert scores.accuracy.value == pytest.approx(reference.accuracy_score(gold, ours))
    assert scores.macro_f1.value == pytest.approx(
        reference.f1_score(gold, ours, average="macro"), abs=1e-6
    )
    assert scores.kappa.value == pytest.approx(reference.cohen_kappa_score(gold, ours), abs=1e-6)
    rated = [n for n in range(60) if gold[n] != "unclear"]
    decided = [n for n in rated if ours[n] != "unclear"]
    assert scores.decided == len(decided)
    assert scores.decided_balanced_accuracy.value == pytest.approx(
        reference.balanced_accuracy_score([gold[n] for n in decided], [ours[n] for n in decided]),
        abs=1e-6,
    )
    outcomes = [gold[n] == "supported" for n in rated]
    assert scores.brier.value == pytest.approx(
        reference.brier_score_loss(outcomes, probability[rated]), abs=1e-6
    )
    assert scores.confusion == tuple(
        map(tuple, reference.confusion_matrix(gold, ours, labels=LABELS).tolist())
    )
    for estimate in (scores.accuracy, scores.macro_f1, scores.auc):
        assert estimate.low is not None and estimate.high is not None and estimate.value is not None
        assert estimate.low < estimate.value < estimate.high


def test_errors_conflicts_and_gaps_enter_no_score() -> None:
    scores = score_verification(
        {
            "a": verdict("a", "supported"),
            "b": VerdictRow(id="b", label="unclear", status="error"),
            "c": verdict("c", "supported"),
        },
        labels=[
            label("a", "supported"),
            label("b", "supported"),
            label("c", None, A="supported", B="refuted"),
            label("d", "refuted"),
        ],
        name="x",
        unlabelled=4,
    )
    assert (scores.labelled, scores.judged, scores.errors) == (3, 1, 1)
    assert (scores.missing, scores.conflicts, scores.unlabelled) == (1, 1, 4)
    assert scores.accuracy.value == 1
    assert scores.brier.value is None


def test_baselines_look_at_gold_only() -> None:
    gold: list[Polarity] = ["refuted", "refuted", "refuted", "supported"]
    scores = score_verification(
        {str(n): verdict(str(n), "unclear") for n in range(4)},
        labels=[label(str(n), one) for n, one in enumerate(gold)],
        name="x",
        unlabelled=0,
    )
    rows = {row.name: row for row in scores.baselines}
    assert rows["always supported"].accuracy.value == 0.25
    assert rows["majority label (refuted)"].accuracy.value == 0.75
    assert rows["always supported"].balanced_accuracy == 0.5
    assert scores.coverage.value == 0
    assert scores.decided_accuracy.value is None


def test_agreement_of_annotators() -> None:
    pairs: list[tuple[Polarity, Polarity]] = [
        ("supported", "supported"),
        ("supported", "refuted"),
        ("refuted", "refuted"),
        ("unclear", "unclear"),
    ]
    labels = [label(str(n), first, A=first, B=second) for n, (first, second) in enumerate(pairs)]
    agreement = score_verification({}, labels=labels, name="x", unlabelled=0).agreement
    assert agreement and (agreement.first, agreement.second, agreement.shared) == ("A", "B", 4)
    expected = reference.cohen_kappa_score(*zip(*pairs, strict=True))
    assert agreement.kappa == pytest.approx(expected, abs=1e-6)


def test_wrong_verdicts_are_listed_with_the_surest_first() -> None:
    scores = score_verification(
        {
            "a": verdict("a", "supported", 0.85),
            "b": verdict("b", "supported", 0.99),
            "c": verdict("c", "refuted", 0.1),
        },
        labels=[label("a", "refuted"), label("b", "refuted"), label("c", "refuted")],
        name="x",
        unlabelled=0,
    )
    assert [case.id for case in list_errors(scores)] == ["b", "a"]


def test_groups_are_resampled_together() -> None:
    labels = [label(str(n), "supported") for n in range(40)]
    grouped = [one.model_copy(update={"group": str(n // 10)}) for n, one in enumerate(labels)]
    verdicts = {str(n): verdict(str(n), "supported" if n < 20 else "refuted") for n in range(40)}
    alone = score_verification(verdicts, labels=labels, name="x", unlabelled=0)
    together = score_verification(verdicts, labels=grouped, name="x", unlabelled=0)
    assert (alone.groups, together.groups) == (40, 4)
    assert (together.accuracy.low, together.accuracy.high) == (0, 1)
    assert alone.accuracy.low and alone.accuracy.low > 0.3
