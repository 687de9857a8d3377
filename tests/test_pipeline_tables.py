"""Tables and text of one file go through the flow side by side."""

from pathlib import Path

from kgpipe.backends.fake import FakeEmbedder, FakeExtractor, FakeJudge, FakeSearch
from kgpipe.backends.pdf import PdfiumReader
from kgpipe.pipeline import Ports, build
from kgpipe.ports import Port
from kgpipe.settings import ReadSettings, Settings
from kgpipe.workspace import Workspace

TEXT = "Mercury causes tremor.\n\n| Country | Mines |\n|---|---|\n| Ghana | 53 |\n"
PORTS = Ports(
    reader=Port("pages", PdfiumReader),
    extractor=Port("extractor", FakeExtractor),
    embedder=Port("embedder", FakeEmbedder),
    search=lambda passages: Port("search", lambda: FakeSearch(passages)),
    judge=Port("judge", FakeJudge),
)


def test_a_table_and_the_text_around_it(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(TEXT, encoding="utf-8")
    workspace = Workspace(None)
    graph = build([path], workspace, Settings(), PORTS, until="extract")
    assert [(t.subject, t.predicate, t.object, t.extractor) for t in graph.triples] == [
        ("Ghana", "have mines", "53", "tables:1"),
        ("Mercury", "causes", "tremor", "fake:extractor"),
    ]
    # A setting that changes how a file is read, but not what is read, redoes the reading alone.
    build([path], workspace, Settings(read=ReadSettings(ocr=False)), PORTS, until="extract")
    reused = {status.stage: status.reused for status in workspace.status()}
    assert reused == {"read": 0, "chunk": 1, "tables": 1, "extract": 1}
