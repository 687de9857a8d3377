from pathlib import Path

import pytest

from kgpipe.bench.healthver_data import Pair, group_pairs, is_development, read_pairs
from kgpipe.errors import KgpipeError


def test_another_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"There is no healthver_dev\.csv"):
        read_pairs(tmp_path)
    path = tmp_path / "healthver_dev.csv"
    path.write_text("claim,evidence,label,question\na,b,Maybe,c\n")
    with pytest.raises(KgpipeError, match="no table of claim"):
        read_pairs(tmp_path)
    path.write_text("claim,evidence,label\na,b,Neutral\n")
    with pytest.raises(KgpipeError, match="question"):
        read_pairs(tmp_path)


def test_questions_that_share_a_claim_or_a_passage_are_one_group() -> None:
    pairs = [
        Pair("a", "x", 0, "q3"), Pair("a", "y", 0, "q1"), Pair("b", "y", 1, "q2"),
        Pair("c", "z", 2, "q4"),
    ]  # fmt: skip
    assert group_pairs(pairs) == ["q1", "q1", "q1", "q4"]


def test_the_halves_of_the_public_file_share_nothing(shared_data: Path) -> None:
    folder = shared_data / "verify"
    if not (folder / "healthver").is_dir():
        pytest.skip("the public data is not here")
    pairs = read_pairs(folder)
    developed = [is_development(group) for group in group_pairs(pairs)]
    assert developed.count(True) == 1041
    for texts in ([p.question for p in pairs], [p.claim for p in pairs],
                  [p.evidence for p in pairs]):  # fmt: skip
        halves = [
            {text for text, seen in zip(texts, developed, strict=True) if seen is half}
            for half in (True, False)
        ]
        assert halves[0].isdisjoint(halves[1])
