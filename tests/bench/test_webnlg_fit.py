import json
from pathlib import Path

import pytest

from kgpipe.bench.webnlg_fit import main
from tests.bench.test_webnlg import write

NAMES = [("Ana Silva", "Lima"), ("Bo Berg", "Oslo"), ("Cy Ward", "Cork"), ("Di Rossi", "Rome")]
TEXTS = [f"{who} was born in {where}. Pat Doe is a pilot." for who, where in NAMES]
GOLD: list[object] = [
    [[who.replace(" ", "_"), "birthPlace", where]] for who, where in NAMES
]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "data", TEXTS, GOLD)


def test_weights_are_written_by_name_and_the_same_again(tmp_path: Path, data: Path) -> None:
    for name in ("a.json", "b.json"):
        main([str(data), str(tmp_path / name)])
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    weights = json.loads((tmp_path / "a.json").read_text())
    assert weights["object"]["name_left"] > 0
    assert set(weights) == {"object", "subject", "bias", "accept", "accept_more"}


def test_cross_validation_writes_figures_only(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(data), str(tmp_path / "w.json"), "--folds", "2"])
    assert set(json.loads(capsys.readouterr().out)) == {"partial_f1", "relation_accuracy"}
    assert not (tmp_path / "w.json").exists()
