"""Other systems' extractors on an OpenAI-compatible server: a script for their environment.

It imports nothing of kgpipe, so that it runs in an environment of the compared systems, whose
pins kgpipe need not share. It reads one JSON object on standard input,

    {"system", "base_url", "texts", "relations": [[name, definition], ...], "example", "terms"}

and writes one JSON line a text, in order: {"triples": [[subject, predicate, object], ...],
"seconds", "error"?}. `terms` is "same" (structured output wherever the system has it) or "own"
(the mode that the system takes by default). Exit code 3: the system is not installed.

Usage: python peer_systems.py < REQUEST.json > REPLIES.jsonl
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

TextTriple = tuple[str, str, str]
Extract = Callable[[str], list[TextTriple]]
NOT_INSTALLED = 3
MODEL = "local"
KEY = "none"


def langchain(request: dict[str, Any]) -> Extract:
    """LangChain's LLMGraphTransformer; its structured output is its default."""
    from langchain_core.documents import Document
    from langchain_experimental.graph_transformers import LLMGraphTransformer
    from langchain_openai import ChatOpenAI

    llm = ChatOpenAI(
        model=MODEL, base_url=request["base_url"], api_key=KEY, max_retries=0, timeout=3600
    )
    names = [name for name, _ in request["relations"]]
    transformer = LLMGraphTransformer(llm=llm, allowed_relationships=names)

    def extract(text: str) -> list[TextTriple]:
        [graph] = transformer.convert_to_graph_documents([Document(page_content=text)])
        return [(str(r.source.id), r.type, str(r.target.id)) for r in graph.relationships]

    return extract


def neo4j(request: dict[str, Any]) -> Extract:
    """neo4j-graphrag's LLMEntityRelationExtractor; by default JSON is asked for in the prompt."""
    from neo4j_graphrag.components.entity_relation_extractor import LLMEntityRelationExtractor
    from neo4j_graphrag.components.schema import GraphSchema
    from neo4j_graphrag.components.types import TextChunk, TextChunks
    from neo4j_graphrag.llm import OpenAILLM

    llm = OpenAILLM(model_name=MODEL, base_url=request["base_url"], api_key=KEY)
    structured = request["terms"] == "same"
    extractor = LLMEntityRelationExtractor(
        llm=llm, create_lexical_graph=False, use_structured_output=structured
    )
    schema = GraphSchema.model_validate(
        {
            "node_types": ["Entity"],
            "relationship_types": [
                {"label": name, "description": definition}
                for name, definition in request["relations"]
            ],
        }
    )

    def extract(text: str) -> list[TextTriple]:
        chunks = TextChunks(chunks=[TextChunk(text=text, index=0)])
        graph = asyncio.run(extractor.run(chunks=chunks, schema=schema))
        names = {node.id: _node_name(node) for node in graph.nodes}
        return [
            (names.get(r.start_node_id, ""), r.type, names.get(r.end_node_id, ""))
            for r in graph.relationships
        ]

    return extract


def _node_name(node: Any) -> str:
    """A node's name; failing that its first property, or the end of its id."""
    values = dict(node.properties)
    first = next(iter(values.values()), node.id.rsplit(":", 1)[-1])
    return str(values.get("name", first))


def kg_gen(request: dict[str, Any]) -> Extract:
    """kg-gen: entities first, then relations among them.

    `KGGen.generate` (0.4.0) takes a context but does not pass it on, so that no schema reaches the
    model. On the same terms its two steps are therefore called with the schema as context.
    """
    import dspy
    from kg_gen import KGGen
    from kg_gen.steps._1_get_entities import get_entities
    from kg_gen.steps._2_get_relations import get_relations

    # A second measurement must ask again.
    dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)
    generator = KGGen(
        model=f"openai/{MODEL}", api_base=request["base_url"], api_key=KEY,
        max_tokens=request["max_tokens"],
    )  # fmt: skip
    names = ", ".join(name for name, _ in request["relations"])
    context = f"The predicate must be one of: {names}."

    def extract(text: str) -> list[TextTriple]:
        if request["terms"] == "own":
            relations = generator.generate(input_data=text).relations
        else:
            with dspy.context(lm=generator.lm):
                relations = get_relations(text, get_entities(text), context=context)
        return sorted({(str(s), str(p), str(o)) for s, p, o in relations})

    return extract


def langextract(request: dict[str, Any]) -> Extract:
    """langextract: one class of extractions with the triple in its attributes; wants an example."""
    import langextract as lx

    names = ", ".join(name for name, _ in request["relations"])
    prompt = (
        "Extract every fact of the text as a subject, a predicate and an object. "
        f"The predicate must be one of: {names}."
    )
    shown = request["example"]
    extractions = [
        lx.data.Extraction(
            extraction_class="fact",
            extraction_text=quote,
            attributes={"subject": s, "predicate": p, "object": o},
        )
        for quote, s, p, o in shown["facts"]
    ]
    example = lx.data.ExampleData(text=shown["text"], extractions=extractions)
    config = lx.factory.ModelConfig(
        model_id=MODEL,
        provider="openai",
        provider_kwargs={"base_url": request["base_url"], "api_key": KEY},
    )

    def extract(text: str) -> list[TextTriple]:
        found = lx.extract(
            text, prompt_description=prompt, examples=[example], config=config,
            show_progress=False, resolver_params={"suppress_parse_errors": False},
            use_schema_constraints=True, max_char_buffer=1000,
        )  # fmt: skip
        given = [extraction.attributes or {} for extraction in found.extractions or ()]
        return [
            (str(a.get("subject", "")), str(a.get("predicate", "")), str(a.get("object", "")))
            for a in given
        ]

    return extract


SYSTEMS: dict[str, Callable[[dict[str, Any]], Extract]] = {
    "langchain": langchain,
    "neo4j-graphrag": neo4j,
    "kg-gen": kg_gen,
    "langextract": langextract,
}


def main() -> int:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    # Libraries print; what we write must stand alone on the real output.
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        extract = SYSTEMS[request["system"]](request)
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_INSTALLED
    for text in request["texts"]:
        begun = time.monotonic()
        row: dict[str, Any] = {"triples": []}
        try:
            row["triples"] = extract(text)
        except Exception as error:  # noqa: BLE001
            # Each library has errors of its own; what a text fails with is part of the result.
            row["error"] = f"{type(error).__name__}: {error}"[:300]
        row["seconds"] = round(time.monotonic() - begun, 3)
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
