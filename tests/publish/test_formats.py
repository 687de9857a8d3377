from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.publish.formats import Format, publish_graph
from kgpipe.settings import PublishSettings
from tests.publish.graphs import sample_graph

FILES: dict[Format, list[str]] = {
    "rdf": ["graph.ttl", "graph.trig", "graph.nq"],
    "csv": [
        "documents.csv",
        "entities.csv",
        "claims.csv",
        "evidence.csv",
        "trace.csv",
        "rejections.csv",
        "merges.csv",
        "conflicts.csv",
    ],
    "cypher": ["graph.cypher"],
    "graphml": ["graph.graphml"],
}


@pytest.mark.parametrize(("form", "names"), FILES.items())
def test_each_form_writes_its_files(form: Format, names: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = publish_graph(sample_graph(), form=form, folder=folder, settings=PublishSettings())
    assert paths == [folder / name for name in names]
    assert all(path.stat().st_size for path in paths)


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
