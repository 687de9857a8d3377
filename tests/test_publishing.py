from dataclasses import replace
from pathlib import Path

import pytest

from kgpipe.corpus.chunk import chunk_document
from kgpipe.errors import UsageError
from kgpipe.pipeline import load_graph
from kgpipe.publish.alignment import UNALIGNED
from kgpipe.publish.cypher import write_cypher
from kgpipe.publish.rdf import write_rdf
from kgpipe.publishing import publish_workspace, read_alignment
from kgpipe.resolving import ResolutionChoices
from kgpipe.settings import ChunkSettings, DedupeSettings
from kgpipe.text.locate import Box, locate_spans
from kgpipe.types import Chunks, Graph, Vote
from kgpipe.wiring_extract import read_schema
from kgpipe.workspace import Workspace
from tests.publish.graphs import sample_graph
from tests.publish.reading import SETTINGS, about, read_quads
from tests.test_answer import fill


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return fill(Workspace(tmp_path / "w"), sample_graph())


def boxes_of(graph: Graph) -> dict[tuple[str, int, int], list[tuple[int, Box]]]:
    quotes = [one.evidence.span for one in graph.triples if one.evidence]
    return locate_spans(graph.documents, quotes)


def resolve_by(workspace: Workspace, settings: DedupeSettings) -> None:
    """Note what a run resolved by, as the run does."""
    choices = ResolutionChoices(settings=settings, schema_=read_schema("asgm"))
    workspace.write_note("dedupe", choices.model_dump(mode="json"))


def test_things_are_tied_to_what_the_latest_run_resolved_by(
    workspace: Workspace, tmp_path: Path
) -> None:
    resolve_by(workspace, DedupeSettings())
    publish_workspace(workspace, form="rdf", folder=tmp_path / "out", settings=SETTINGS)
    peru = next(one for one in sample_graph().entities if one.name == "Peru")
    found = about(read_quads(tmp_path / "out" / "graph.nq"), f"entity:{peru.id}")
    assert found["owl:sameAs"] == {"https://sws.geonames.org/3932488/"}
    assert "https://example.org/asgm#Place" in found["rdf:type"]


def test_a_workspace_without_a_run_is_tied_to_nothing(workspace: Workspace) -> None:
    graph = load_graph(workspace)
    assert read_alignment(workspace, graph) == replace(UNALIGNED, boxes=boxes_of(graph))


def test_names_have_the_language_of_their_passage(workspace: Workspace, tmp_path: Path) -> None:
    (document,) = sample_graph().documents
    workspace.map(
        "chunk", chunk_document, [document], returns=Chunks, key=lambda one: one.id, version="1",
        settings=ChunkSettings(max_chars=100),
    )  # fmt: skip
    read = read_alignment(workspace, load_graph(workspace)).languages[document.id]
    assert [start for start, _ in read] == sorted(start for start, _ in read)
    assert len(read) > 1


def test_tables_alone_are_given_the_steps_to_a_verdict(workspace: Workspace) -> None:
    full, brief = load_graph(workspace), load_graph(workspace, traces=False)
    assert [one.evidence for one in brief.verdicts] == [one.evidence for one in full.verdicts]
    assert not any(one.votes or one.trace for one in brief.verdicts)


def test_a_file_of_rows_has_all_votes(tmp_path: Path) -> None:
    graph = sample_graph()
    first, *others = graph.verdicts
    weak = Vote(judge="b", stance="neutral", source="s", start=0, end=1, quote="q", log_odds=0)
    verdicts = (first.model_copy(update={"votes": (weak,)}), *others)
    workspace = fill(Workspace(tmp_path / "v"), graph.model_copy(update={"verdicts": verdicts}))
    (path,) = publish_workspace(workspace, form="cypher", folder=tmp_path, settings=SETTINGS)
    whole = write_cypher(load_graph(workspace), tmp_path / "whole.cypher", settings=SETTINGS)
    assert path.read_bytes() == whole.read_bytes()
    assert b"stance: 'neutral'" in path.read_bytes()


def test_a_missing_alias_table_is_told(workspace: Workspace, tmp_path: Path) -> None:
    resolve_by(workspace, DedupeSettings(aliases=str(tmp_path / "gone.csv")))
    with pytest.raises(UsageError, match=r"gone\.csv"):
        publish_workspace(workspace, form="rdf", folder=tmp_path / "out", settings=SETTINGS)


def test_rdf_needs_no_words_of_pages_in_memory(workspace: Workspace, tmp_path: Path) -> None:
    brief = load_graph(workspace, words=False)
    assert all(page.end and not page.words for one in brief.documents for page in one.pages)
    assert [one.text for one in brief.documents] == [one.text for one in sample_graph().documents]
    publish_workspace(workspace, form="rdf", folder=tmp_path / "out", settings=SETTINGS)
    (tmp_path / "whole").mkdir()
    write_rdf(load_graph(workspace), tmp_path / "whole", settings=SETTINGS)
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    assert b"viewrect=" in (tmp_path / "out" / "graph.nq").read_bytes()
