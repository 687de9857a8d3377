import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from kgpipe.publish.picture import write_picture
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph
from tests.publish.graphs import one_claim_graph, sample_graph, synthetic_graph

SETTINGS = PublishSettings(title="Gold & <mercury>")


def page_of(graph: Graph, folder: Path, **options: Any) -> str:
    path = write_picture(graph, folder / "graph.html", settings=SETTINGS, **options)
    return path.read_text(encoding="utf-8")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_the_page_holds_every_fact_with_its_quotes(tmp_path: Path) -> None:
    graph = sample_graph()
    data = data_of(page_of(graph, tmp_path))
    names = [name for _, name, _, _ in data["entities"]]
    said = {
        (names[fact["s"]], data["predicates"][fact["p"]], names[fact["o"]]): fact
        for fact in data["facts"]
    }
    assert set(said) == {(claim.subject, claim.predicate, claim.object) for claim in graph.claims}
    banned = said[("Suriname", "banned", "dredging")]
    assert (banned["gate"], banned["verdict"], banned["probability"]) == (
        "approved", "supported", 0.9123,
    )  # fmt: skip
    assert [data["quotes"][number] for number in banned["quotes"]] == [
        [0, 2, "In 2018 Suriname banned dredging."]
    ]
    assert data["documents"] == ["brief.pdf"]
    assert banned["evidence"] == [["support", "s.txt", "=x"]]
    assert said[("Guyana", "uses", "cyanide")]["negated"] is True
    assert said[("miners", "use", "mercury")]["labels"] == [["a", "supported", "yes"]]
    assert said[("Río Beni", "carries", "mercury")]["quantity"] == "3.5 t"


def test_the_first_name_is_not_taken_for_nothing(tmp_path: Path) -> None:
    """Numbers start at 0, which equals False."""
    data = data_of(page_of(sample_graph(), tmp_path))
    assert all({"s", "p", "o"} <= set(fact) for fact in data["facts"])


def test_no_text_leaves_the_data(tmp_path: Path) -> None:
    texts = ("</script><script>alert(1)</script>", "<!--", "a & b", "]]>\u2028<img src=x>")
    page = page_of(one_claim_graph(*texts), tmp_path)
    assert "<title>Gold &amp; &lt;mercury&gt;</title>" in page
    data = data_of(page)
    assert {name for _, name, _, _ in data["entities"]} == {texts[0], texts[2]}
    assert data["quotes"][0][2] == texts[3]
    # Those of the page's own scripts, and no more.
    assert page.count("<script") == 3
    assert "<img" not in page


def test_only_the_pages_own_scripts_may_run(tmp_path: Path) -> None:
    page = page_of(sample_graph(), tmp_path)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    allowed = re.findall(r"sha256-([^&]+)&#39;", policy[1])
    own = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in own]
    assert allowed == digests
    assert "default-src &#39;none&#39;" in policy[1]
    # Nothing is fetched: no address but those that name XML vocabularies and D3's own in comments.
    links = re.findall(r"""(?:src|href)=["']([^"']*)""", page)
    assert links == ["data:,"]


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    graph = sample_graph()
    names = ("claims", "entities", "triples", "verdicts")
    mirrored = graph.model_copy(update={name: getattr(graph, name)[::-1] for name in names})
    assert page_of(graph, tmp_path) == page_of(mirrored, tmp_path)


def test_of_a_large_graph_the_weightiest_facts_are_kept(tmp_path: Path) -> None:
    graph = sample_graph()
    page = page_of(graph, tmp_path, most=6)
    # Five stated, and one that is approved but denied.
    assert {fact["gate"] for fact in data_of(page)["facts"]} == {"approved"}
    assert "6 facts (6 approved)" in page
    assert "2 facts of the least weight are not in this file" in page


def test_an_empty_graph_and_a_large_one_are_written(tmp_path: Path) -> None:
    empty: dict[str, tuple[()]] = dict.fromkeys(("documents", "triples", "entities", "claims"), ())
    assert data_of(page_of(Graph.model_validate(empty), tmp_path))["facts"] == []
    assert len(data_of(page_of(synthetic_graph(3000), tmp_path))["facts"]) == 3000
