import json
from pathlib import Path

from pyoxigraph import RdfFormat, parse
from rdflib import Dataset

from kgpipe.publish.rdf import CONTEXT, write_rdf
from tests.publish.graphs import sample_graph
from tests.publish.links import sample_links
from tests.publish.reading import SETTINGS


def test_json_ld_says_what_the_other_forms_say(tmp_path: Path) -> None:
    graph = sample_graph()
    write_rdf(graph, tmp_path, settings=SETTINGS, links=sample_links(graph))
    quads = set(parse(path=str(tmp_path / "graph.nq"), format=RdfFormat.N_QUADS))
    assert set(parse(path=str(tmp_path / "graph.jsonld"), format=RdfFormat.JSON_LD)) == quads
    dataset = Dataset()
    dataset.parse(tmp_path / "graph.jsonld", format="json-ld")
    lines = Dataset()
    lines.parse(tmp_path / "graph.nq", format="nquads")
    assert set(dataset.quads()) == set(lines.quads())


def test_a_program_that_knows_no_rdf_can_read_it(tmp_path: Path) -> None:
    graph = sample_graph()
    write_rdf(graph, tmp_path, settings=SETTINGS)
    read = json.loads((tmp_path / "graph.jsonld").read_text(encoding="utf-8"))
    provenance = next(part for part in read["@graph"] if part["@id"] == "graph:provenance")
    nodes = {node["@id"]: node for node in provenance["@graph"]}
    claim = graph.claims[0]
    node = nodes[f"claim:{claim.id}"]
    assert node["rdf:subject"] == f"entity:{claim.subject_id}"
    assert node["term:probability"] == "0.9123"
    assert node["term:gate"] == "approved"


def test_the_context_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    write_rdf(sample_graph(), tmp_path, settings=SETTINGS)
    graph = json.loads((tmp_path / "graph.jsonld").read_text(encoding="utf-8"))
    context = json.loads((tmp_path / CONTEXT).read_text(encoding="utf-8"))
    assert graph["@context"] == context["@context"]
