from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from kgpipe.publish.parquet import write_parquet
from kgpipe.publish.tables import TABLES, write_tables
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph
from tests.publish.graphs import one_claim_graph, sample_graph
from tests.publish.links import sample_links

SETTINGS = PublishSettings()


def read(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def rows(path: Path, *, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in pq.read_table(path).to_pylist()}


def test_the_tables_are_those_of_csv(tmp_path: Path) -> None:
    graph = sample_graph()
    write_tables(graph, tmp_path, settings=SETTINGS)
    paths = write_parquet(graph, tmp_path, settings=SETTINGS)
    assert [path.stem for path in paths] == list(TABLES)
    for name, frame in read(tmp_path).items():
        plain = pd.read_csv(tmp_path / f"{name}.csv", dtype=str, keep_default_na=False)
        assert list(frame.columns) == list(plain.columns)
        assert len(frame) == len(plain)


def test_values_have_types(tmp_path: Path) -> None:
    write_parquet(sample_graph(), tmp_path, settings=SETTINGS)
    claims = rows(tmp_path / "claims.parquet", key="quote")
    assert claims["Guyana does not use cyanide."]["negated"] is True
    assert claims["Río Beni carries mercury."]["quantity"] == 3.5
    banned = claims["In 2018 Suriname banned dredging."]
    assert (banned["time"], banned["page"]) == ("2018", 2)
    assert (banned["time_from"], banned["time_to"]) == (date(2018, 1, 1), date(2018, 12, 31))
    entities = rows(tmp_path / "entities.parquet", key="name")
    assert entities["mercury"]["names"] == ["mercury", "quicksilver"]
    evidence = rows(tmp_path / "evidence.parquet", key="quote")
    box = {"page": 1, "x0": 0.0, "y0": 90.0, "x1": 19.0, "y1": 100.0}
    assert evidence["Miners use mercury."]["boxes"] == [box]


def test_tile_links_have_types(tmp_path: Path) -> None:
    graph = sample_graph()
    write_parquet(graph, tmp_path, settings=SETTINGS, links=sample_links(graph))
    links = rows(tmp_path / "tile_links.parquet", key="tile_id")
    assert (links["beni 1/a"]["probability"], links["beni 1/a"]["west"]) == (0.97, -67.0)
    assert links["beni 1/a"]["time_to"] == date(2019, 12, 31)
    assert links["bare"]["place"] is None and links["bare"]["lon"] is None


def test_pandas_reads_the_types(tmp_path: Path) -> None:
    write_parquet(sample_graph(), tmp_path, settings=SETTINGS)
    claims = read(tmp_path)["claims"]
    types = {name: str(claims[name].dtype) for name in ("negated", "probability", "n_support")}
    assert types == {"negated": "bool", "probability": "float64", "n_support": "int64"}


def test_text_is_as_it_was(tmp_path: Path) -> None:
    texts = ("=cmd|' /C calc'!A0", '+"x",\n;', "@SUM(A1)", "-2+3\x00\u2028")
    write_parquet(one_claim_graph(*texts), tmp_path, settings=SETTINGS)
    [row] = pq.read_table(tmp_path / "claims.parquet").to_pylist()
    assert tuple(row[name] for name in ("subject", "predicate", "object", "quote")) == texts


@pytest.mark.parametrize("graph", [sample_graph(), Graph.model_validate(dict.fromkeys(
    ("documents", "triples", "entities", "claims"), ()))], ids=["sample", "empty"])  # fmt: skip
def test_the_same_graph_gives_the_same_bytes(graph: Graph, tmp_path: Path) -> None:
    mirrored = graph.model_copy(
        update={name: getattr(graph, name)[::-1] for name in ("claims", "entities", "triples")}
    )
    folders = tmp_path / "one", tmp_path / "two"
    for given, folder in zip((graph, mirrored), folders, strict=True):
        folder.mkdir()
        write_parquet(given, folder, settings=SETTINGS)
    for table in TABLES:
        first, second = ((folder / f"{table}.parquet").read_bytes() for folder in folders)
        assert first == second
    schemas = {table: pq.read_schema(folders[0] / f"{table}.parquet") for table in TABLES}
    assert {name: list(schema.names) for name, schema in schemas.items()} == {
        name: list(columns) for name, columns in TABLES.items()
    }
