from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.extract.schema_files import read_schema_file
from kgpipe.schema import Schema


def read(tmp_path: Path, name: str, text: str) -> Schema:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_schema_file(path)


YAML = """
name: Mining
classes:
  - Company
  - {name: Mine, parents: Place, kind: site}
relations:
  - {name: operates, definition: runs it, domain: Company, range: [Mine], inverse: operatedBy}
  - operatedBy
"""


def test_yaml(tmp_path: Path) -> None:
    schema = read(tmp_path, "s.yaml", YAML)
    assert (schema.name, [cls.name for cls in schema.classes]) == ("Mining", ["Company", "Mine"])
    operates, other = schema.relations
    assert (operates.domain, operates.range, other.name) == (("Company",), ("Mine",), "operatedBy")


@pytest.mark.parametrize("header", ["", "relation,definition\n"])
def test_csv(tmp_path: Path, header: str) -> None:
    schema = read(
        tmp_path, "s.csv", header + 'uses,"The subject uses, or needs, the object."\nowns\n'
    )
    assert [(r.name, r.definition) for r in schema.relations] == [
        ("uses", "The subject uses, or needs, the object."),
        ("owns", ""),
    ]


def test_csv_with_classes(tmp_path: Path) -> None:
    text = "relation,definition,domain,range\nuses,,Person|Company,Substance\n"
    schema = read(tmp_path, "s.csv", text)
    assert schema.relations[0].domain == ("Person", "Company")
    assert schema.kind_of("Substance") == "substance"


def test_text2kgbench(tmp_path: Path) -> None:
    text = """{"title": "Films", "concepts": [{"qid": "Q1", "label": "film"}, {"qid": "Q2",
    "label": "human"}], "relations": [{"pid": "P1", "label": "director", "domain": "Q1",
    "range": "Q2"}, {"pid": "P1", "label": "director", "domain": "Q2", "range": ""}]}"""
    schema = read(tmp_path, "s.json", text)
    [director] = schema.relations
    assert (director.domain, director.range) == (("film", "human"), ("human",))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("s.txt", "", "give a .yaml"),
        ("s.yaml", "a: [", "line 1"),
        ("s.yaml", "- a", "a mapping with"),
        ("s.yaml", "relations: [{name: a, colour: red}]", "relations.1.colour"),
        ("s.yaml", "classes: [A]", "declares no relation"),
        ("s.yaml", "relations: [a, a]", "'a' twice"),
        ("s.yaml", "relations: [{name: a, inverse: b}]", "inverse 'b' of 'a'"),
        ("s.csv", "a,b\n,c\n", "line 2: the relation has no name"),
        ("s.csv", 'a,"b\n', "unpaired quotation mark"),
        ("s.csv", "relation,colour\na,red\n", "unknown column 'colour'"),
        ("s.json", "{", "line 1: not JSON"),
        ("s.json", "{}", "'concepts' is missing"),
    ],
)
def test_faults_name_the_place_and_the_remedy(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        read(tmp_path, name, text)
    assert name in str(raised.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read the schema"):
        read_schema_file(tmp_path / "none.csv")


@pytest.mark.shared
def test_all_public_ontologies_can_be_read(shared_data: Path) -> None:
    paths = sorted((shared_data / "text2kgbench").glob("*/ontologies/*.json"))
    assert len(paths) >= 10
    assert all(read_schema_file(path).relations for path in paths)
