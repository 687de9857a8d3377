import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, f1_score

from kgpipe.evaluate.baselines import score_baselines
from kgpipe.evaluate.cases import Case
from kgpipe.types import Polarity


def case(number: int, gold: Polarity, predicate: str, group: str = "") -> Case:
    return Case(
        id=str(number), claim="", wording="", gold=gold, predicted="unclear", status="ok",
        probability=None, reason="", group=group, predicate=predicate,
    )  # fmt: skip


def test_the_majority_equals_scikit_learns_dummy() -> None:
    counts: dict[Polarity, int] = {"refuted": 5, "supported": 3, "unclear": 2}
    gold = [label for label, count in counts.items() for _ in range(count)]
    rows = {row.name: row for row in score_baselines([case(n, g, "") for n, g in enumerate(gold)])}
    guessed = DummyClassifier().fit([[0]] * 10, gold).predict([[0]] * 10)
    majority = rows["majority label (refuted)"]
    assert majority.accuracy.value == accuracy_score(gold, guessed)
    assert majority.macro_f1 == pytest.approx(f1_score(gold, guessed, average="macro"), abs=1e-6)
    assert majority.decided_accuracy == pytest.approx(5 / 8)
    assert rows["always supported"].accuracy.value == 0.3
    assert "one label a predicate" not in rows


def test_a_predicates_label_is_learned_from_other_groups() -> None:
    told = [case(n, "supported", "use", "a") for n in range(3)]
    told += [case(n, "refuted", "ban", f"b{n}") for n in range(3, 6)]
    rows = {row.name: row for row in score_baselines(told)}
    # "use" stands in one group, so what is left of it is the others' majority, refuted.
    assert rows["one label a predicate"].accuracy.value == 0.5
    apart = [one.model_copy(update={"group": one.id}) for one in told]
    assert score_baselines(apart)[2].accuracy.value == 1


def test_no_case_no_baseline() -> None:
    assert score_baselines([]) == ()
