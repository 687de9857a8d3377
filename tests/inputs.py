"""Input folders made by the tests, and runs over them."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from kgpipe.pipeline import load_graph
from kgpipe.types import Graph
from kgpipe.workspace import Workspace
from tests.cli.calls import Answer, spawn

TITLE = "Mercury in the mines of the district"
FACTS = (
    "Small-scale miners use mercury in Ghana.",
    "The council banned cyanide in 2019.",
    "The gold shop buys amalgam from miners.",
    "Dredges release mercury into the Upara river.",
)


def run(folder: Path, *options: str | Path) -> Answer:
    """`kgpipe run in -w w` within `folder`."""
    return spawn("run", "in", "-w", "w", *options, cwd=folder)


def graph_of(folder: Path) -> Graph:
    return load_graph(Workspace(folder / "w"))


def text_of(paragraphs: Sequence[str]) -> str:
    return "\n\n".join([TITLE, *paragraphs, ""])


def pdf_of(lines: Sequence[str], **options: Any) -> bytes:
    """A page of lines."""
    target = BytesIO()
    canvas = Canvas(target, pagesize=(500, 700), invariant=True, **options)
    for number, line in enumerate(lines):
        canvas.drawString(40, 640 - 40 * number, line)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    (folder / "in").mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / "in" / name).write_bytes(content)
    return folder
