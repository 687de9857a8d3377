from collections import Counter
from pathlib import Path

import pytest

from tests.publish.graphs import sample_graph
from tests.publish.reading import BASE, SETTINGS, about, published

DATASET = f"{BASE}dataset"


def test_counts_are_those_of_the_file(tmp_path: Path) -> None:
    quads = published(sample_graph(), tmp_path)
    rest = [quad for quad in quads if quad[0] != "graph:void"]
    dataset = about(quads, DATASET)
    assert dataset["void:triples"] == {f"{len(rest)}^^xsd:integer"}
    assert dataset["void:properties"] == {f"{len({p for _, _, p, _ in rest})}^^xsd:integer"}
    assert dataset["void:entities"] == {f"{len(sample_graph().entities)}^^xsd:integer"}
    for graph, number in Counter(quad[0] for quad in rest).items():
        assert about(quads, graph)["void:triples"] == {f"{number}^^xsd:integer"}
    classes = Counter(o for _, _, p, o in rest if p == "rdf:type")
    assert dataset["void:classes"] == {f"{len(classes)}^^xsd:integer"}
    for part in dataset["void:classPartition"]:
        (name,) = about(quads, part)["void:class"]
        assert about(quads, part)["void:entities"] == {f"{classes[name]}^^xsd:integer"}


def test_each_file_is_a_distribution(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"syntaxes": ("nquads", "turtle")})
    quads = published(sample_graph(), tmp_path, settings=settings)
    files = {
        min(about(quads, name)["dcat:downloadURL"])
        for name in about(quads, DATASET)["dcat:distribution"]
    }
    assert files == {f"{BASE}graph.nq", f"{BASE}graph.ttl"}
    assert {path.name for path in tmp_path.iterdir()} == {"graph.nq", "graph.ttl"}


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("https://creativecommons.org/licenses/by/4.0/",
         ("dcterms:license", "https://creativecommons.org/licenses/by/4.0/")),
        ('ask "us"> <x', ("dcterms:rights", 'ask "us"> <x')),
    ],
)  # fmt: skip
def test_a_licence_is_an_iri_or_terms_in_words(
    licence: str, said: tuple[str, str], tmp_path: Path
) -> None:
    settings = SETTINGS.model_copy(update={"licence": licence, "title": 'Gold "2026"'})
    dataset = about(published(sample_graph(), tmp_path, settings=settings), DATASET)
    assert dataset[said[0]] == {said[1]}
    assert dataset["dcterms:title"] == {'Gold "2026"'}
    assert not {"dcterms:license", "dcterms:rights"} - {said[0]} & set(dataset)
