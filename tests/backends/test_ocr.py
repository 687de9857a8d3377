import re
from collections import Counter
from pathlib import Path

import pytest

from kgpipe.backends.ocr import OcrReader, is_installed
from kgpipe.backends.pdf import PdfiumReader
from kgpipe.pages import RawPage
from tests.backends.scans import scan_pages
from tests.test_bad_input import scanned_pdf

pytestmark = [
    pytest.mark.skipif(not is_installed(), reason="needs the extra: pip install 'kgpipe[ocr]'"),
    # Loading the models and reading a page takes seconds.
    pytest.mark.slow,
    pytest.mark.xdist_group("ocr"),
]
READER = OcrReader(min_letters=20)


def words_of(page: RawPage) -> list[str]:
    text = "\n".join(" ".join(word.text for word in line) for line in page.lines)
    return re.findall(r"\w+", text.replace("-\n", "").replace("\u00ad\n", ""))


def found(truth: list[str], seen: list[str]) -> float:
    return sum((Counter(truth) & Counter(seen)).values()) / len(truth)


def test_a_scanned_spanish_page(sample: Path, tmp_path: Path) -> None:
    source = sample / "pdf" / "03-ecuador-resumen.pdf"
    (page,) = READER.read_pages(scan_pages(source, tmp_path / "scan.pdf", pages=[0]))
    printed = PdfiumReader().read_pages(source)[0]
    assert found(words_of(printed), words_of(page)) > 0.97
    assert (page.number, page.width, page.height) == (1, printed.width, printed.height)
    places = {word.text: word for line in printed.lines for word in line}
    kumamoto = next(word for line in page.lines for word in line if word.text == "Kumamoto")
    assert kumamoto[1:] == pytest.approx(places["Kumamoto"][1:], abs=4)


def test_two_columns_are_read_one_after_the_other(sample: Path, tmp_path: Path) -> None:
    source = sample / "pdf" / "02-africa-bulletin.pdf"
    (page,) = READER.read_pages(scan_pages(source, tmp_path / "scan.pdf", pages=[0]))
    text = " ".join(words_of(page))
    truth = words_of(PdfiumReader().read_pages(source)[0])
    runs = [" ".join(truth[at : at + 12]) for at in range(40, len(truth) - 12, 12)]
    assert sum(run in text for run in runs) > 0.8 * len(runs)


def test_a_scan_without_text_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "blank.pdf"
    path.write_bytes(scanned_pdf())
    assert [page.lines for page in READER.read_pages(path)] == [()]


def test_pages_with_text_are_left_as_they_are(sample: Path) -> None:
    source = sample / "pdf" / "04-plan-costs.pdf"
    assert READER.read_pages(source) == PdfiumReader().read_pages(source)
