import json
from pathlib import Path

import pytest

from kgpipe.bench.er import run
from kgpipe.bench.er_data import read_countries, read_redocred
from kgpipe.errors import KgpipeError

DOCUMENTS = [
    {
        "title": "A",
        "entities": [
            {"type": "PER", "forms": ["Ann Example", "Example"]},
            {"type": "ORG", "forms": ["National Gold Board", "NGB"]},
            {"type": "LOC", "forms": ["Lima"]},
            # One form of two entities of a document is left out.
            {"type": "LOC", "forms": ["Both", "Alto"]},
            {"type": "PER", "forms": ["Both"]},
        ],
    },
    {"title": "B", "entities": [{"type": "PER", "forms": ["Bob Example", "Example"]}]},
]
COUNTRIES = """FAIL: [Africa]
CO: [Colombia, Kolumbija, Колумбия]
NE: [Niger]
NG: [Nigeria]
"""
PRODUCT = "COL title VAL {} COL manufacturer VAL x COL price VAL 1.0 "


def _write(data: Path) -> Path:
    files = {
        "aliases/redocred_dev_entity_surface_forms.jsonl": "\n".join(map(json.dumps, DOCUMENTS)),
        "aliases/countrynames_data.yaml": COUNTRIES,
        "magellan_ditto/er_magellan/Structured/Amazon-Google/valid.txt": "\n".join(
            f"{PRODUCT.format(left)}\t{PRODUCT.format(right)}\t{label}"
            for left, right, label in (
                ("gold planner", "Gold Planner", 1),
                ("gold planner", "mercury scanner", 0),
            )
        ),
    }
    for name, text in files.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    return data


def test_names_are_resolved_document_by_document_without_tables(tmp_path: Path) -> None:
    report = run(_write(tmp_path / "data"), tmp_path / "out", resamples=20)
    assert report == json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    # Each document has its own Example.
    assert report["redocred"]["kgpipe"]["pairwise_f1"] == 1
    assert report["countries"]["kgpipe"]["pairwise_f1"] == 1
    assert report["amazon_google_valid"]["kgpipe"]["f1"] == 1
    assert report["amazon_google_valid"]["matches"] == 1


def test_words_of_no_country_and_forms_of_two_entities_are_left_out(tmp_path: Path) -> None:
    data = _write(tmp_path)
    assert "Africa" not in read_countries(data).names
    forms = read_redocred(data)
    assert "Both" not in forms.names
    assert forms.names.count("Example") == 2


def test_missing_and_broken_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="redocred"):
        run(tmp_path, tmp_path / "out")
    _write(tmp_path)
    (tmp_path / "aliases" / "countrynames_data.yaml").write_text("[1]\n")
    with pytest.raises(KgpipeError, match="no mapping of codes"):
        read_countries(tmp_path)
