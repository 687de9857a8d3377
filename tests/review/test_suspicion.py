import numpy as np
import pytest

from kgpipe.review.suspicion import learn_doubt

NAN = float("nan")


def test_without_labels_the_verdicts_are_believed() -> None:
    doubt = np.array([0.1, 0.45, 0.3])
    learnt = learn_doubt(doubt, np.full(3, NAN), strata={"predicate": np.array([0, 0, 1])})
    assert learnt == pytest.approx(doubt)


def test_company_of_errors_is_suspect_and_company_of_the_sound_is_not() -> None:
    predicates = np.repeat([0, 1, 2], 10)
    wrong = np.full(30, NAN)
    wrong[:5], wrong[10:15] = 1.0, 0.0
    learnt = learn_doubt(np.full(30, 0.3), wrong, strata={"predicate": predicates})
    suspect, sound, unseen = learnt[9], learnt[19], learnt[29]
    assert suspect > unseen > sound
    assert suspect > 0.4
    assert sound < 0.3


def test_an_unseen_group_is_looked_into_before_one_known_to_be_as_promised() -> None:
    groups = np.repeat([0, 1], 40)
    wrong = np.full(80, NAN)
    # As many errors as the doubt promised.
    wrong[:30] = [1.0] * 3 + [0.0] * 27
    learnt = learn_doubt(np.full(80, 0.1), wrong, strata={"predicate": groups})
    assert learnt[79] > learnt[39]


def test_two_strata_share_the_blame() -> None:
    # Errors come from document 0 alone, whatever the predicate.
    documents = np.tile([0, 1], 20)
    predicates = np.repeat([0, 1], 20)
    wrong = np.where(documents == 0, 1.0, 0.0)
    wrong[-2:] = NAN
    learnt = learn_doubt(
        np.full(40, 0.3), wrong, strata={"predicate": predicates, "document": documents}
    )
    assert learnt[38] > 0.5
    assert learnt[39] < 0.25


def test_doubt_keeps_its_order_within_a_group() -> None:
    doubt = np.linspace(0, 0.5, 50)
    wrong = np.full(50, NAN)
    wrong[::5] = (np.arange(10) > 6).astype(float)
    learnt = learn_doubt(doubt, wrong, strata={"predicate": np.zeros(50, dtype=np.int64)})
    assert (np.diff(learnt[1:]) > 0).all()


def test_one_label_does_not_turn_everything() -> None:
    wrong = np.array([1.0, NAN, NAN])
    strata = {"predicate": np.array([0, 0, 1]), "document": np.array([0, 1, 2])}
    learnt = learn_doubt(np.array([0.3, 0.3, 0.3]), wrong, strata=strata)
    assert (learnt < 0.5).all()
    assert learnt[0] > learnt[1] > learnt[2]


def test_the_same_labels_give_the_same_numbers() -> None:
    generator = np.random.default_rng(0)
    doubt = generator.random(200) / 2
    wrong = np.where(generator.random(200) < 0.5, np.round(generator.random(200)), NAN)
    strata = {"predicate": generator.integers(9, size=200)}
    first = learn_doubt(doubt, wrong, strata=strata)
    assert np.array_equal(first, learn_doubt(doubt, wrong, strata=strata))
    assert np.isfinite(first).all()
