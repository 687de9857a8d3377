from pathlib import Path

import numpy as np
import pytest

from kgpipe.bench.factbench import OURS, OURS_VOTES
from kgpipe.bench.factbench_data import Fact, FactBench
from kgpipe.bench.labels_verdicts import read_verdicts, write_verdicts
from kgpipe.errors import KgpipeError

BENCH = FactBench(tuple(Fact(f"q{n}", "s", "p", "o", ()) for n in range(3)), {}, ())


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "v.tsv"
    chances = np.array([0.1, 0.25, 1.0])
    write_verdicts({OURS: chances, "another": chances, OURS_VOTES: 1 - chances}, BENCH, path)
    found = read_verdicts(path, BENCH)
    assert list(found) == [OURS, OURS_VOTES]
    assert found[OURS].tolist() == chances.tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"id\t{OURS}\nq0\t0.5\n", "not about the facts"),
        ("id\tanother\nq0\t1\nq1\t1\nq2\t1\n", "has no column"),
        (f"id\t{OURS}\nq0\t1\nq1\tx\nq2\t1\n", "probabilities are numbers"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "v.tsv"
    path.write_text(text)
    with pytest.raises(KgpipeError, match=words):
        read_verdicts(path, BENCH)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="Cannot read"):
        read_verdicts(tmp_path / "v.tsv", BENCH)
