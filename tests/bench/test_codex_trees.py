import numpy as np

from kgpipe.bench.codex_stack import Table, Verdicts
from kgpipe.bench.codex_trees import judge_with_trees


def test_trees_see_what_a_sum_cannot() -> None:
    # True where exactly one of two scores is high, whatever a regression makes of them.
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(600, 2))
    labels = ((scores[:, 0] > 0) != (scores[:, 1] > 0)).astype(np.float64)
    table = Table(scores, np.zeros(600, dtype=np.int64))
    unsure = Verdicts(np.zeros(200), np.zeros(200, dtype=np.bool_))
    rows = np.arange(400)
    verdicts = judge_with_trees(
        table.take(rows), labels[:400], table.take(np.arange(400, 600)), stacked=unsure,
        relations=1,
    )  # fmt: skip
    assert (verdicts.said == labels[400:]).mean() > 0.9
    again = judge_with_trees(
        table.take(rows), labels[:400], table.take(np.arange(400, 600)), stacked=unsure,
        relations=1,
    )  # fmt: skip
    assert np.array_equal(verdicts.said, again.said)
