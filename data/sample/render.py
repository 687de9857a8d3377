"""Render the sample documents.

``text/*.md`` becomes ``pdf/*.pdf``, and ``text/evidence/*.md`` becomes ``evidence/*.pdf``.

    python data/sample/render.py                # all documents, in place
    python data/sample/render.py --out folder   # the same two folders, somewhere else

Needs ``reportlab`` and ``pyphen`` (hyphenation). The same source gives the same bytes: no dates,
no random identifiers, no stream compression.

A source file starts with ``key: value`` lines (title, subtitle, header, font, columns, hyphenate,
size, notice), an empty line ends them. The body knows five kinds of block, each separated by an
empty line:

* ``## Heading``
* a paragraph; ``*words*`` are set in italics, ``[^1]`` is a footnote mark
* ``Table: caption``
* ``| a | b |`` lines, a ruled table with a header row
* ``[^1]: text``, a footnote, printed at the foot of the page that has its mark
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

HERE = Path(__file__).resolve().parent
MARGIN = 25 * mm
NOTE_SPACE = 22 * mm
FAMILIES = {
    "times": ("Times-Roman", "Times-Bold"),
    "helvetica": ("Helvetica", "Helvetica-Bold"),
}


class NoteAnchor(Flowable):
    """Takes no space; remembers which footnotes belong to the page it lands on."""

    def __init__(self, notes: list[tuple[str, str]]) -> None:
        super().__init__()
        self.notes = notes

    def wrap(self, *_: float) -> tuple[float, float]:
        """No width, no height."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Nothing to draw: the page template prints the notes."""


class Report(BaseDocTemplate):
    """A document with running header and footer, page numbers and footnotes."""

    def __init__(self, path: str, meta: dict[str, str], note_style: ParagraphStyle) -> None:
        super().__init__(
            path, pagesize=A4, invariant=1, pageCompression=0, title=meta["title"], author=""
        )
        self.meta = meta
        self.note_style = note_style
        self.pending: list[tuple[str, str]] = []

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 (name given by reportlab)
        """Collect the footnotes of the page being filled."""
        if isinstance(flowable, NoteAnchor):
            self.pending.extend(flowable.notes)

    def draw_running_lines(self, canvas: Canvas, _doc: BaseDocTemplate) -> None:
        """Header and footer, drawn before the text of the page."""
        width, height = A4
        canvas.saveState()
        canvas.setFont(FAMILIES[self.meta["font"]][0], 8.5)
        canvas.setFillColor(colors.HexColor("#444444"))
        canvas.drawString(MARGIN, height - 15 * mm, self.meta["header"])
        canvas.drawRightString(width - MARGIN, height - 15 * mm, "Sample corpus")
        canvas.line(MARGIN, height - 17 * mm, width - MARGIN, height - 17 * mm)
        canvas.drawString(MARGIN, 12 * mm, "Sample document for testing")
        canvas.drawRightString(width - MARGIN, 12 * mm, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    def draw_notes(self, canvas: Canvas, _doc: BaseDocTemplate) -> None:
        """Footnotes, drawn after the text of the page, just above the footer."""
        if not self.pending:
            return
        width = A4[0] - 2 * MARGIN
        made = [
            Paragraph(f"<super>{mark}</super> {text}", self.note_style)
            for mark, text in self.pending
        ]
        heights = [note.wrap(width, NOTE_SPACE)[1] for note in made]
        y = 18 * mm + sum(heights)
        canvas.saveState()
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, y + 1.5 * mm, MARGIN + 45 * mm, y + 1.5 * mm)
        for note, height in zip(made, heights, strict=True):
            y -= height
            note.drawOn(canvas, MARGIN, y)
        canvas.restoreState()
        self.pending = []


def read_source(path: Path) -> tuple[dict[str, str], list[str], dict[str, str]]:
    """Front matter, body blocks and footnotes of a source file."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    meta = {
        "font": "times",
        "columns": "1",
        "hyphenate": "",
        "size": "11",
        "notice": "",
        "subtitle": "",
    }
    meta.update(
        (k.strip(), v.strip()) for k, v in (line.split(":", 1) for line in head.splitlines())
    )
    blocks: list[str] = []
    notes: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", body.strip()):
        note = re.match(r"\[\^(\w+)\]: (.*)", block, re.S)
        if note:
            notes[note[1]] = inline(" ".join(note[2].split()))
        else:
            blocks.append(block.strip())
    return meta, blocks, notes


def inline(text: str) -> str:
    """Reportlab markup for one run of source text."""
    text = re.sub(r"\*([^*]+)\*", r"<i>\1</i>", escape(text))
    return re.sub(r"\[\^(\w+)\]", r"<super>\1</super>", text)


def styles(meta: dict[str, str]) -> dict[str, ParagraphStyle]:
    """Paragraph styles in the document's font and size."""
    plain, bold = FAMILIES[meta["font"]]
    size = float(meta["size"])
    body = ParagraphStyle(
        "body", fontName=plain, fontSize=size, leading=size * 1.5, spaceAfter=size * 0.85
    )
    if meta["hyphenate"]:
        body.alignment = TA_JUSTIFY
        body.hyphenationLang, body.hyphenationMinWordLength = meta["hyphenate"], 5
    return {
        "body": body,
        "title": ParagraphStyle("title", fontName=bold, fontSize=20, leading=24, spaceAfter=4),
        "subtitle": ParagraphStyle(
            "subtitle", fontName=plain, fontSize=12, leading=15, spaceAfter=8
        ),
        "notice": ParagraphStyle(
            "notice", fontName=plain, fontSize=8, leading=10, spaceAfter=12, textColor="#555555"
        ),
        "heading": ParagraphStyle(
            "heading",
            fontName=bold,
            fontSize=size + 2,
            leading=size * 1.5,
            spaceBefore=8,
            spaceAfter=5,
        ),
        "caption": ParagraphStyle(
            "caption", fontName=bold, fontSize=size - 1, leading=size * 1.4, spaceAfter=4
        ),
        "cell": ParagraphStyle(
            "cell", fontName=plain, fontSize=size - 1, leading=size * 1.25, alignment=TA_LEFT
        ),
        "cellhead": ParagraphStyle(
            "cellhead", fontName=bold, fontSize=size - 1, leading=size * 1.25
        ),
        "note": ParagraphStyle("note", fontName=plain, fontSize=8, leading=10),
    }


def table(block: str, style: dict[str, ParagraphStyle], width: float) -> Table:
    """A ruled table; the first row is the header and is repeated after a page break."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()
    ]
    rows = [row for row in rows if not set("".join(row)) <= set("-: ")]
    cells = [
        [Paragraph(inline(c), style["cell" if i else "cellhead"]) for c in row]
        for i, row in enumerate(rows)
    ]
    longest = [min(30, max(12, *(len(row[i]) for row in rows))) for i in range(len(rows[0]))]
    made = Table(cells, colWidths=[width * n / sum(longest) for n in longest], repeatRows=1)
    look = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#777777")),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e6e6e6")),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    made.setStyle(TableStyle(look))
    return made


def story(
    meta: dict[str, str], blocks: list[str], notes: dict[str, str], width: float
) -> list[Flowable]:
    """The flowables of a document. In one column no paragraph is split between pages."""
    style = styles(meta)
    out: list[Flowable] = [Paragraph(inline(meta["title"]), style["title"])]
    if meta["subtitle"]:
        out.append(Paragraph(inline(meta["subtitle"]), style["subtitle"]))
    if meta["notice"]:
        out.append(Paragraph(inline(meta["notice"]), style["notice"]))
    if meta["columns"] == "2":
        out += [FrameBreak(), NextPageTemplate("rest")]
    held: list[Flowable] = []  # headings and table captions that wait for what they belong to
    for block in blocks:
        marks = [(m, notes[m]) for m in re.findall(r"\[\^(\w+)\]", block)]
        if block.startswith("## "):
            held.append(Paragraph(inline(block[3:]), style["heading"]))
        elif block.startswith("Table: "):
            held.append(Paragraph(inline(block), style["caption"]))
        else:
            if block.startswith("|"):
                group: list[Flowable] = [
                    table(block, style, width),
                    NoteAnchor(marks),
                    Spacer(1, 12),
                ]
            else:
                group = [
                    Paragraph(inline(" ".join(block.split())), style["body"]),
                    NoteAnchor(marks),
                ]
            if meta["columns"] == "2":
                out += [CondPageBreak(60), *held, *group]
            else:
                out.append(KeepTogether([*held, *group]))
            held = []
    return out


def render(source: Path, target: Path) -> None:
    """Render one source file."""
    meta, blocks, notes = read_source(source)
    report = Report(str(target), meta, styles(meta)["note"])
    bottom = 20 * mm + (NOTE_SPACE if notes else 0)
    height, width = A4[1] - 25 * mm - bottom, A4[0] - 2 * MARGIN

    def frame(x: float, y: float, w: float, h: float) -> Frame:
        return Frame(x, y, w, h, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)

    hooks = {"onPage": report.draw_running_lines, "onPageEnd": report.draw_notes}
    if meta["columns"] == "2":
        gap, top = 7 * mm, 42 * mm
        width = (width - gap) / 2
        left, right = MARGIN, MARGIN + width + gap
        first = [frame(MARGIN, bottom + height - top, 2 * width + gap, top)]
        first += [frame(x, bottom, width, height - top) for x in (left, right)]
        rest = [frame(x, bottom, width, height) for x in (left, right)]
        report.addPageTemplates(
            [PageTemplate("first", first, **hooks), PageTemplate("rest", rest, **hooks)]
        )
    else:
        report.addPageTemplates(
            [PageTemplate("all", [frame(MARGIN, bottom, width, height)], **hooks)]
        )
    report.build(story(meta, blocks, notes, width))


def main() -> None:
    """Render every source file into the output folder."""
    parser = argparse.ArgumentParser(description="Render the sample documents to PDF.")
    parser.add_argument(
        "--out", type=Path, default=HERE, help="gets the folders pdf/ and evidence/"
    )
    out: Path = parser.parse_args().out
    for sources, folder in ((HERE / "text", "pdf"), (HERE / "text" / "evidence", "evidence")):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for source in sorted(sources.glob("*.md")):
            render(source, out / folder / f"{source.stem}.pdf")


if __name__ == "__main__":
    main()
