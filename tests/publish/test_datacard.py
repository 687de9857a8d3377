import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from kgpipe.publish.datacard import Accuracy, Making, ModelUse, StageCount, write_card
from kgpipe.settings import PublishSettings
from kgpipe.stats.intervals import Estimate
from kgpipe.types import Graph, Rejection
from tests.publish.graphs import one_claim_graph, sample_graph

SETTINGS = PublishSettings(
    title="Gold: a graph", licence="https://creativecommons.org/licenses/by/4.0/"
)
MAKING = Making(
    version="9.9",
    settings={"extract.model": "gguf:model.gguf", "verify.judge": ["a", "b"]},
    prompts={"judge.md": "ab" * 32},
    stages=(StageCount(stage="extract", seen=4, done=3, kept=8, rejected=1, errors=0,
                       fingerprint="fp-1"),),
    models=(ModelUse(stage="verify", model="openai:gpt", calls=1234),),
    accuracy=(Accuracy(name="right", estimate=Estimate(value=0.9, low=0.81, high=0.95, n=80,
                                                       method="wilson")),),
    licences={"brief": "CC BY 4.0"},
)  # fmt: skip


def card_of(
    graph: Graph, folder: Path, settings: PublishSettings = SETTINGS, making: Making = MAKING
) -> tuple[str, dict[str, Any]]:
    markdown, data = write_card(graph, folder, settings=settings, making=making)
    return markdown.read_text(encoding="utf-8"), json.loads(data.read_text(encoding="utf-8"))


def test_the_figures_are_those_of_the_graph(tmp_path: Path) -> None:
    text, data = card_of(sample_graph(), tmp_path)
    assert data["counts"]["facts"] == 8
    assert data["gates"] == {"approved": 6, "pending": 1, "rejected": 1}
    assert data["counts"]["approved facts whose plain triple is published"] == 5
    assert data["verdicts"] == {"supported": 6, "refuted": 1, "unclear": 1}
    assert data["kinds"] == {"place": 5, "process": 1, "substance": 2, "law": 1, "person": 1}
    assert data["predicates"] == {"exports to": 2, "uses": 2, "banned": 1, "carries": 1,
                                  "restricts": 1, "use": 1}  # fmt: skip
    [document] = data["documents"]
    assert (document["licence"], document["facts"]) == ("CC BY 4.0", 8)
    assert "| approved | 6 |" in text
    assert "| exports to | 2 |" in text


def test_how_it_was_made_and_how_right_it_is(tmp_path: Path) -> None:
    text, data = card_of(sample_graph(), tmp_path)
    assert data["making"]["accuracy"][0]["estimate"]["low"] == 0.81
    for line in (
        "| extract | 4 | 3 | 8 | 1 | 0 | `fp-1` |",
        "| openai:gpt | verify | 1,234 |",
        "| extract.model | gguf:model.gguf |",
        "| verify.judge | a, b |",
        f"| judge.md | `{'ab' * 32}` |",
        "| right | 0.900 | 0.810 to 0.950 (95 %, wilson) | 80 |",
        "<https://creativecommons.org/licenses/by/4.0/>",
    ):
        assert line in text.splitlines()
    assert "made with kgpipe 9.9" in text


def test_the_front_matter_is_that_of_a_dataset_card(tmp_path: Path) -> None:
    text, _ = card_of(sample_graph(), tmp_path)
    front = yaml.safe_load(text.split("---\n")[1])
    assert front == {
        "pretty_name": "Gold: a graph",
        "license": "cc-by-4.0",
        "language": ["en"],
        "size_categories": ["n<1K"],
        "tags": ["knowledge-graph", "provenance", "kgpipe"],
    }


def test_a_licence_without_a_known_name_is_linked(tmp_path: Path) -> None:
    own = PublishSettings(licence="https://example.org/terms")
    front = yaml.safe_load(card_of(sample_graph(), tmp_path, own)[0].split("---\n")[1])
    assert (front["license"], front["license_link"]) == ("other", "https://example.org/terms")


def test_what_is_not_known_is_said_to_be(tmp_path: Path) -> None:
    graph = sample_graph().model_copy(
        update={
            "labels": (),
            "rejections": (
                Rejection(stage="extract", item="c", reason="language_unsupported", detail="es"),
            ),
        }
    )
    text, data = card_of(graph, tmp_path, PublishSettings(), Making())
    for told in ("Not measured", "were not noted", "No language model", "None was set",
                 "No expert has labelled a fact", "1 passages are in a language"):  # fmt: skip
        assert told in text
    assert data["licence_tag"] == "unknown"
    assert data["documents"][0]["licence"] == ""
    assert "| unknown |" in text


def test_an_empty_graph_has_a_card(tmp_path: Path) -> None:
    empty: dict[str, tuple[()]] = dict.fromkeys(("documents", "triples", "entities", "claims"), ())
    text, data = card_of(Graph.model_validate(empty), tmp_path)
    assert "0 facts about 0 entities" in text
    assert yaml.safe_load(text.split("---\n")[1]).get("language") is None
    assert data["gates"] == {}


def test_text_from_documents_is_no_markup(tmp_path: Path) -> None:
    evil = "a | b\n# [x](javascript:1) <script>alert(1)</script> **c** `d` $e$ ![i](u)"
    text, _ = card_of(one_claim_graph("s", evil, "o", "q"), tmp_path)
    [line] = [line for line in text.splitlines() if "javascript" in line]
    html = MarkdownIt("commonmark").enable("table").render(text)
    [cell] = [row for row in html.splitlines() if "javascript" in row]
    assert "&lt;script&gt;" in cell
    assert not any(tag in cell for tag in ("<script", "<a ", "<strong", "<code", "<img", "<h1"))
    assert html.count("<table>") == sum(row.startswith("|---") for row in text.splitlines())
    assert line.endswith("| 1 |")


@pytest.mark.parametrize("name", ["DATACARD.md", "datacard.json"])
def test_the_same_graph_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    graph = sample_graph()
    names = ("claims", "entities", "triples", "verdicts", "rejections")
    mirrored = graph.model_copy(update={name: getattr(graph, name)[::-1] for name in names})
    folders = tmp_path / "one", tmp_path / "two"
    for given, folder in zip((graph, mirrored), folders, strict=True):
        folder.mkdir()
        write_card(given, folder, settings=SETTINGS, making=MAKING)
    first, second = ((folder / name).read_bytes() for folder in folders)
    assert first == second
