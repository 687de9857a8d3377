import numpy as np
import pytest

from kgpipe.bench.healthver_fit import cross_answers, fit_sentence_model
from kgpipe.errors import KgpipeError
from kgpipe.verify.sentence_model import Features, judge_features

NEAR, FAR = (0.8, 1.0), (0.1, 0.0)
AGREES, DENIES = (0.8, 0.0, 1.0, 0.0), (0.0, 0.8, -1.0, 1.0)
KINDS = (Features(NEAR, AGREES), Features(NEAR, DENIES), Features(FAR, AGREES))
# Most pairs are neutral, and most sided ones supporting.
LABELS = np.array([0] * 40 + [1] * 20 + [2] * 100)
FEATURES = [KINDS[label] for label in LABELS.tolist()]


def test_what_was_planted_is_found_whatever_the_class_sizes() -> None:
    model = fit_sentence_model(FEATURES, LABELS, embedder="made", record={"pairs": 160})
    assert (model.embedder, model.record) == ("made", {"pairs": 160})
    near, contrary, far = (judge_features(kind, model) for kind in KINDS)
    assert near.speaks > 0.5 > far.speaks
    assert near.holds > 0.5 > contrary.holds
    # Both sides weigh the same, so in the middle between them nothing is known.
    middle = Features((0.45, 0.5), (0.4, 0.4, 0.0, 0.5))
    assert judge_features(middle, model).speaks == pytest.approx(0.5, abs=0.02)


def test_held_out_groups_are_answered_by_the_others() -> None:
    groups = [f"group {number % 8}" for number in range(len(LABELS))]
    answers = cross_answers(FEATURES, LABELS, groups, embedder="made")
    np.testing.assert_array_equal(answers, LABELS)


def test_a_label_that_is_missing_is_named() -> None:
    with pytest.raises(KgpipeError, match="labelled Refutes"):
        fit_sentence_model(FEATURES, np.where(LABELS == 1, 0, LABELS), embedder="made", record={})
