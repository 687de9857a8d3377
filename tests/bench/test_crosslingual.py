import json
from pathlib import Path

import pytest

from kgpipe.bench.crosslingual import read_articles, run
from kgpipe.errors import KgpipeError

TEXTS = {
    "en": "# Mercury\n\nArtisanal miners use large amounts of mercury near the river.\n\n"
    "Police arrested seven armed men at the illegal camp in March.\n",
    "es": "# Azogue\n\nLos mineros artesanales usan grandes cantidades de mercurio cerca del "
    "r\u00edo.\n\nLa polic\u00eda detuvo en marzo a siete hombres armados en el campamento.\n",
    "pt": "# Azougue\n\nOs garimpeiros usam grandes quantidades de merc\u00fario perto do rio.\n\n"
    "A pol\u00edcia prendeu em mar\u00e7o sete homens armados no acampamento ilegal.\n",
}


def write(folder: Path, name: str = "a", **changed: str) -> Path:
    for code, text in (TEXTS | changed).items():
        (folder / f"{name}.{code}.md").write_text(text, encoding="utf-8")
    return folder


def test_sentences_find_their_paragraphs_with_the_table_alone(tmp_path: Path) -> None:
    report = run(write(tmp_path), tmp_path / "out")
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["sentences"] == 2
    figures = report["recall_at_5"]["all"]
    assert figures["words"]["value"] == 0.0
    assert figures["terms"] == {"value": 1.0, "low": figures["terms"]["low"], "high": 1.0, "n": 4}


def test_articles_that_do_not_pair_are_named(tmp_path: Path) -> None:
    write(write(tmp_path), "b", pt="One.\n")
    (tmp_path / "c.en.md").write_text("Alone.")
    articles, unpaired = read_articles(tmp_path)
    assert ([article.name for article in articles], unpaired) == (["a"], ["b"])


def test_no_articles(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="No parallel articles"):
        run(tmp_path, tmp_path)


@pytest.mark.shared
def test_shared_articles(shared_data: Path, tmp_path: Path) -> None:
    figures = run(shared_data / "asgm_text", tmp_path)["recall_at_5"]["all"]
    assert figures["words"]["value"] < 0.4
    assert figures["terms"]["value"] >= 0.87
