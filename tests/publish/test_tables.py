import csv
import re
from pathlib import Path

import pandas as pd

from kgpipe.publish.tables import TABLES, write_tables
from kgpipe.settings import PublishSettings
from kgpipe.text.spreadsheet import unguard_cell
from kgpipe.types import Step
from tests.conftest import REPOSITORY
from tests.publish.graphs import one_claim_graph, sample_graph
from tests.publish.links import MODEL, entity_named, sample_links

SETTINGS = PublishSettings()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_tables_are_written(tmp_path: Path) -> None:
    graph = sample_graph()
    paths = {path.stem: path for path in write_tables(graph, tmp_path, settings=SETTINGS)}
    counts = {name: len(read(path)) for name, path in paths.items()}
    # One quote of the source and one of the verdict for each of the eight claims.
    assert counts == {
        "documents": 1,
        "entities": len(graph.entities),
        "claims": 8,
        "evidence": 16,
        "trace": 0,
        "rejections": 1,
        "merges": 1,
        "conflicts": 0,
        "tile_links": 0,
    }
    assert read(paths["merges"])[0]["score"] == "-0.5"
    assert read(paths["rejections"])[0]["detail"] == "'+1"
    assert {row["quote"] for row in read(paths["evidence"]) if row["role"] == "support"} == {"'=x"}


def test_a_claims_row(tmp_path: Path) -> None:
    write_tables(sample_graph(), tmp_path, settings=SETTINGS)
    rows = {row["quote"]: row for row in read(tmp_path / "claims.csv")}
    row = rows["In 2018 Suriname banned dredging."]
    expected = {
        "subject": "Suriname",
        "predicate": "banned",
        "object": "dredging",
        "gate": "approved",
        "verdict": "supported",
        "n_support": "1",
        "n_documents": "1",
        "source": "brief.pdf",
        "page": "2",
        "time": "2018",
        "place": "",
        "negated": "False",
    }
    assert {name: row[name] for name in expected} == expected
    assert rows["Guyana does not use cyanide."]["negated"] == "True"
    assert rows["Río Beni carries mercury."]["quantity"] == "3.5"


def test_a_quote_is_found_on_its_page(tmp_path: Path) -> None:
    write_tables(sample_graph(), tmp_path, settings=SETTINGS)
    rows = [row for row in read(tmp_path / "evidence.csv") if row["role"] == "source"]
    boxes = {row["quote"]: row["boxes"] for row in rows}
    assert boxes["Miners use mercury."] == "1 0.0 90.0 19.0 100.0"
    assert boxes["In 2018 Suriname banned dredging."] == "2 0.0 90.0 33.0 100.0"


def test_claims_without_quote_or_verdict(tmp_path: Path) -> None:
    graph = sample_graph()
    triples = tuple(t.model_copy(update={"evidence": None}) for t in graph.triples)
    write_tables(
        graph.model_copy(update={"triples": triples, "verdicts": ()}), tmp_path, settings=SETTINGS
    )
    for row in read(tmp_path / "claims.csv"):
        assert (row["quote"], row["page"], row["probability"], row["verdict"]) == ("", "", "", "")
        assert row["source"] == "brief.pdf"
    rows = read(tmp_path / "evidence.csv")
    assert {(row["start"], row["boxes"]) for row in rows} == {("", "")}


def test_nothing_runs_in_a_spreadsheet_and_all_is_kept(tmp_path: Path) -> None:
    texts = ("=cmd|' /C calc'!A0", '+"x",\n;', "@SUM(A1)", "-2+3")
    write_tables(one_claim_graph(*texts), tmp_path, settings=SETTINGS)
    for path in tmp_path.iterdir():
        cells = pd.read_csv(path, dtype=str, keep_default_na=False).to_numpy().ravel()
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]
    row = read(tmp_path / "claims.csv")[0]
    names = ("subject", "predicate", "object", "quote")
    assert tuple(unguard_cell(row[name]) for name in names) == texts


def test_the_trace_of_a_verdict_is_a_table(tmp_path: Path) -> None:
    graph = sample_graph()
    steps = (
        Step(action="search", subject="=q", probability=0.5, found=3, new=2),
        Step(action="weigh", subject="a.pdf", probability=0.8455, log_odds=1.7),
    )
    traced = graph.verdicts[0].model_copy(update={"trace": steps})
    changed = graph.model_copy(update={"verdicts": (traced, *graph.verdicts[1:])})
    rows = read(
        {path.stem: path for path in write_tables(changed, tmp_path, settings=SETTINGS)}["trace"]
    )
    assert [(row["step"], row["action"], row["subject"]) for row in rows] == [
        ("1", "search", "'=q"), ("2", "weigh", "a.pdf"),
    ]  # fmt: skip
    assert {row["claim_id"] for row in rows} == {traced.claim_id}


def test_rivals_stand_side_by_side(tmp_path: Path) -> None:
    graph = sample_graph()
    rivals = tuple(sorted(claim.id for claim in graph.claims)[:2])
    write_tables(graph.model_copy(update={"conflicts": (rivals,)}), tmp_path, settings=SETTINGS)
    rows = read(tmp_path / "conflicts.csv")
    claims = {row["id"]: row for row in read(tmp_path / "claims.csv")}
    assert [(row["conflict"], row["claim_id"]) for row in rows] == [("1", one) for one in rivals]
    for row in rows:
        same = ("subject", "predicate", "object", "gate", "quote", "source", "page")
        assert [row[name] for name in same] == [claims[row["claim_id"]][name] for name in same]


def test_tiles_of_an_entity_stand_with_what_their_links_rest_on(tmp_path: Path) -> None:
    graph = sample_graph()
    links = sample_links(graph)
    texts = []
    # Least probable first, to see that the table turns them round.
    mirrored = [
        one.model_copy(update={"links": one.links[::-1], "tiles": one.tiles[::-1]})
        for one in links[::-1]
    ]
    for given in (links, mirrored):
        write_tables(graph, tmp_path, settings=SETTINGS, links=given)
        texts.append((tmp_path / "tile_links.csv").read_bytes())
    assert texts[0] == texts[1]
    rows = read(tmp_path / "tile_links.csv")
    beni, fiji = (row for row in rows if row["entity"] == "Río Beni")
    assert beni == {
        "entity_id": entity_named("Río Beni", graph), "entity": "Río Beni",
        "tile_id": "beni 1/a", "probability": "0.97", "text_similarity": "-0.125",
        "location_similarity": "0.5", "containment": "1.0", "distance_km": "0.25",
        "place": "Rio Beni", "place_source": "rivers.geojson", "model": MODEL,
        "source": "sheets/beni.png", "lon": "-66.95", "lat": "-13.05",
        "west": "-67.0", "south": "-13.1", "east": "-66.9", "north": "-13.0",
        "time_from": "2019-01-01", "time_to": "2019-12-31",
        "item": "https://example.org/stac/beni.json",
    }  # fmt: skip
    assert (fiji["probability"], fiji["containment"]) == ("0.6", "0.0")
    assert (fiji["west"], fiji["east"], fiji["time_from"]) == ("179.9", "-179.9", "")
    # Linked by its words alone to a tile of which nothing is known.
    [bare] = [row for row in rows if row["entity"] == "Guyana"]
    assert (bare["probability"], bare["text_similarity"]) == ("0.55", "0.4")
    assert {bare[name] for name in ("place", "containment", "lon", "west", "item")} == {""}


def test_every_column_is_explained() -> None:
    text = (REPOSITORY / "docs" / "tables.md").read_text(encoding="utf-8")
    sections = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    assert list(sections) == list(TABLES)
    for table, columns in TABLES.items():
        told: dict[str, str] = {}
        for line in sections[table].splitlines():
            names = re.findall(r"`(\w+)`", line.split("|")[1]) if line.startswith("| `") else []
            kinds = line.split("|")[2].split(",") if names else []
            # One kind for all names of a line, or one each.
            told |= zip(names, map(str.strip, kinds * len(names)), strict=False)
        assert told == columns
