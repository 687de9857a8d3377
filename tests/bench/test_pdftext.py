import json
import shutil
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from kgpipe.bench.pdftext import run
from kgpipe.errors import KgpipeError

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is absent (apt-get poppler-utils)"
)


def _data(tmp_path: Path) -> Path:
    folder = tmp_path / "pdf" / "asgm_real"
    folder.mkdir(parents=True)
    canvas = Canvas(str(folder / "mine.pdf"), invariant=True)
    for line in range(3):
        canvas.drawString(72, 700 - 14 * line, "The mine uses mercury and the river carries it.")
    canvas.showPage()
    canvas.save()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    return tmp_path


@needs_poppler
def test_report(tmp_path: Path) -> None:
    report = run(_data(tmp_path), tmp_path / "out")
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["outcomes"] == {"corrupt": 1, "pages": 1}
    assert report["page_counts_differ"] == []
    assert report["pages"] == 1
    assert report["compared"] == 1
    assert report["median_similarity"] == report["median_overlap"] == 1.0
    (mine,) = [file for file in report["by_file"] if file["outcome"] == "pages"]
    assert mine["file"] == "asgm_real/mine.pdf"
    assert mine["words"] == mine["pdftotext_words"] == 27


def test_missing_poppler_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KgpipeError, match="poppler-utils"):
        run(tmp_path, tmp_path)


@needs_poppler
def test_no_pdf(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="No PDF"):
        run(tmp_path, tmp_path)


@needs_poppler
@pytest.mark.shared
@pytest.mark.slow
def test_shared_files(shared_data: Path, tmp_path: Path) -> None:
    report = run(shared_data, tmp_path)
    assert report["files"] == 96
    # pdftotext cannot open this one.
    assert report["page_counts_differ"] == ["pikepdf/cyclic-toc.pdf"]
    assert report["median_overlap"] > 0.99
