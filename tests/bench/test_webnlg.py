import csv
import json
from pathlib import Path

import pytest

from kgpipe.bench.webnlg import read_texts, run, written_value
from kgpipe.errors import KgpipeError

SCHEMA = """birthPlace,The subject entity was born in the location specified by the object entity.
birthDate,The subject entity was born on the date specified by the object entity.
runwayLength,The subject entity has a runway length as specified by the object.
"""


def write(folder: Path, texts: list[str], gold: list[object]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "texts.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    (folder / "references.txt").write_text("\n".join(map(repr, gold)) + "\n", encoding="utf-8")
    (folder / "schema.csv").write_text(SCHEMA, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "definition", "value"),
    [
        ("10th of March, 1983", "", "1983-03-10"),
        ("November 18th, 1923", "", "1923-11-18"),
        ("1997", "", "1997"),
        ("1,777,539", "has a population", "1777539"),
        ("3,500", "has a runway length", "3500.0"),
        ("17000", "has the number of members", "17000"),
        ("Apollo 14", "", "Apollo 14"),
    ],
)
def test_values_are_written_as_the_benchmark_does(text: str, definition: str, value: str) -> None:
    assert written_value(text, definition) == value


def test_run_scores_and_reports(tmp_path: Path) -> None:
    data = write(
        tmp_path / "data",
        ["Alan Shepard was born in New Hampshire on November 18th, 1923.", "It rains."],
        [[["Alan_Shepard", "birthPlace", "New_Hampshire"],
          ["Alan_Shepard", "birthDate", "1923-11-18"]], [["a", "birthPlace", "b"]]],
    )  # fmt: skip
    report = run(data, tmp_path / "out")
    # Of two gold triples in the first text one is found, of one in the second none.
    assert report["all"]["by_text"]["strict"]["f1"] == 0.25
    assert report["test"]["texts"] == 0
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    rows = list(csv.DictReader((tmp_path / "out" / "relations.csv").open()))
    assert {"relation": "birthPlace", "precision": "1.0", "recall": "0.5", "found": "1",
            "gold": "2"} in rows  # fmt: skip


def test_missing_and_unequal_files(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match=r"There is no .*texts\.txt"):
        read_texts(tmp_path)
    with pytest.raises(KgpipeError, match="1 texts but 2 references"):
        read_texts(write(tmp_path / "data", ["a"], [[], []]))
