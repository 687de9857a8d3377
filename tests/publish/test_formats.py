import json
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.publish.formats import Format, publish_graph
from kgpipe.settings import PublishSettings
from tests.publish.graphs import sample_graph
from tests.publish.links import sample_links

# The negated claim is approved, but its plain triple would be false.
APPROVED = sorted(claim.id for claim in sample_graph().claims[:5])
FILES: dict[Format, list[str]] = {
    "rdf": [
        "graph.ttl",
        "graph.trig",
        "graph.nq",
        "graph.jsonld",
        "context.jsonld",
        "shapes-report.ttl",
    ],
    "csv": [
        "documents.csv",
        "entities.csv",
        "claims.csv",
        "evidence.csv",
        "trace.csv",
        "rejections.csv",
        "merges.csv",
        "conflicts.csv",
        "tile_links.csv",
    ],
    "cypher": ["graph.cypher"],
    "graphml": ["graph.graphml"],
    "html": ["graph.html"],
    "card": ["DATACARD.md", "datacard.json"],
    "nanopub": [f"nanopubs/{name}.trig" for name in APPROVED],
}
FILES["parquet"] = [name.replace(".csv", ".parquet") for name in FILES["csv"]]


@pytest.mark.parametrize(("form", "names"), FILES.items())
def test_each_form_writes_its_files(form: Format, names: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = publish_graph(sample_graph(), form=form, folder=folder, settings=PublishSettings())
    assert paths == [folder / name for name in names]
    assert all(path.stat().st_size for path in paths)


def test_all_forms_stand_side_by_side(tmp_path: Path) -> None:
    paths = publish_graph(sample_graph(), form="all", folder=tmp_path, settings=PublishSettings())
    expected = {f"{form}/{name}" for form, names in FILES.items() for name in names}
    assert set(get_args(Format)) == FILES.keys()
    assert {path.relative_to(tmp_path).as_posix() for path in paths} == expected


@pytest.mark.parametrize("form", FILES)
def test_a_false_quote_stops_everything(form: Format, tmp_path: Path) -> None:
    graph = sample_graph()
    document = graph.documents[0]
    changed = document.model_copy(update={"text": document.text.replace("mercury", "Mercury")})
    graph = graph.model_copy(update={"documents": (changed,)})
    folder = tmp_path / "out"
    with pytest.raises(KgpipeError, match=r"3 violations(?s:.)*quote_not_verbatim"):
        publish_graph(graph, form=form, folder=folder, settings=PublishSettings())
    assert not folder.exists()


def test_a_long_list_of_violations_is_cut(tmp_path: Path) -> None:
    graph = sample_graph().model_copy(update={"entities": ()})
    with pytest.raises(KgpipeError) as caught:
        publish_graph(graph, form="csv", folder=tmp_path, settings=PublishSettings())
    assert "16 violations" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 12


def test_an_unusable_base_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        publish_graph(
            sample_graph(), form="rdf", folder=tmp_path, settings=PublishSettings(base_iri="x")
        )


def test_every_form_heeds_the_gate_of_the_settings(tmp_path: Path) -> None:
    """Where only experts approve, one fact of the sample is approved, in whatever form."""
    settings = PublishSettings(gate="expert")
    publish_graph(sample_graph(), form="all", folder=tmp_path, settings=settings)
    claims = (tmp_path / "csv" / "claims.csv").read_text(encoding="utf-8")
    assert claims.count(",approved,") == 1
    frame = pd.read_parquet(tmp_path / "parquet" / "claims.parquet")
    assert (frame.gate == "approved").sum() == 1
    assert len(list((tmp_path / "nanopub" / "nanopubs").iterdir())) == 1
    assert (tmp_path / "graphml" / "graph.graphml").read_text().count("<edge ") == 1
    assert "(1 approved)" in (tmp_path / "html" / "graph.html").read_text(encoding="utf-8")
    card = json.loads((tmp_path / "card" / "datacard.json").read_text(encoding="utf-8"))
    assert card["gates"]["approved"] == 1


@pytest.mark.parametrize(("form", "name"), [
    ("rdf", "graph.nq"), ("csv", "tile_links.csv"), ("cypher", "graph.cypher"),
])  # fmt: skip
def test_links_to_tiles_reach_their_files(form: Format, name: str, tmp_path: Path) -> None:
    publish_graph(
        sample_graph(), form=form, folder=tmp_path, settings=PublishSettings(),
        links=sample_links(),
    )  # fmt: skip
    assert "rivers.geojson" in (tmp_path / name).read_text(encoding="utf-8")


def test_links_to_tiles_reach_parquet(tmp_path: Path) -> None:
    publish_graph(
        sample_graph(), form="parquet", folder=tmp_path, settings=PublishSettings(),
        links=sample_links(),
    )  # fmt: skip
    assert "rivers.geojson" in set(pd.read_parquet(tmp_path / "tile_links.parquet").place_source)


def test_all_leaves_out_what_lacks_its_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgpipe.publish.formats.find_spec", lambda name: name != "nanopub")
    said: list[str] = []
    publish_graph(
        sample_graph(), form="all", folder=tmp_path, settings=PublishSettings(), tell=said.append
    )
    assert not (tmp_path / "nanopub").exists() and (tmp_path / "card").is_dir()
    assert "nanopub was left out, it needs: pip install 'kgpipe[nanopub]'." in said
