from pathlib import Path

import pytest

from kgpipe.corpus.files import list_files
from kgpipe.corpus.imported import import_triples
from kgpipe.corpus.read import read_file
from kgpipe.errors import ItemError
from kgpipe.pages import RawPage
from kgpipe.settings import ReadSettings
from kgpipe.types import Document


class NoReader:
    def read_pages(self, path: Path) -> list[RawPage]:
        raise AssertionError(path)


def _document(text: str) -> Document:
    return Document(
        id="d", source="a.csv", sha256="0", media_type="text/csv", title="a", language="en",
        text=text,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "subject,predicate,object\n mine,uses,mercury \n",
        "Entity1;Relation;Entity2\nmine;uses;mercury",
        "TAIL\tsource\tHead\tRelation\nmercury\tx\tmine\tuses\n",
        '\n"Subject","Predicate","Object"\n"mine","uses","mercury"\n',
    ],
)
def test_headers_and_delimiters(text: str) -> None:
    extraction = import_triples(_document(text))
    (triple,) = extraction.triples
    assert (triple.subject, triple.predicate, triple.object) == ("mine", "uses", "mercury")
    assert triple.imported
    assert triple.evidence is None
    assert triple.extractor == "import"
    assert (extraction.chunk_id, triple.document_id) == ("d", "d")
    assert extraction.rejections == ()


def test_bad_rows_are_counted_with_their_line() -> None:
    text = 'subject,predicate,object\na,b,"c,\nd"\n\na,b\nx,,y\na,b,"c,\nd"\na,b,e\n'
    extraction = import_triples(_document(text))
    assert [triple.object for triple in extraction.triples] == ["c,\nd", "e"]
    assert [(item.item, item.reason) for item in extraction.rejections] == [
        ("a.csv:4", "incomplete_row"),
        ("a.csv:5", "incomplete_row"),
        ("a.csv:6", "duplicate_row"),
    ]
    assert "line 2" in extraction.rejections[2].detail


def test_other_tables_name_the_columns() -> None:
    with pytest.raises(ItemError, match=r"name, year.*subject,predicate,object") as caught:
        import_triples(_document("name,year\na,1\n"))
    assert caught.value.reason == "not_triples"


def test_an_unpaired_quotation_mark_is_named() -> None:
    # The csv module refuses fields beyond 131,072 characters.
    text = "subject,predicate,object\na,b,c\n" + 'x,"y,z\n' + "a,b,c\n" * 30_000
    with pytest.raises(ItemError, match="quotation mark") as caught:
        import_triples(_document(text))
    assert caught.value.reason == "broken_table"


def test_ids_are_of_document_and_values() -> None:
    text = "subject,predicate,object\na,b,c\na,b,d\n"
    first, second = import_triples(_document(text)).triples
    assert first.id != second.id
    assert import_triples(_document(text)).triples[0].id == first.id
    other = _document(text).model_copy(update={"id": "e"})
    assert import_triples(other).triples[0].id != first.id


@pytest.mark.shared
def test_the_published_asgm_graph(shared_data: Path) -> None:
    path = shared_data / "asgm" / "asgm_kg" / "ASGM-KG_Dataset_1899_unique.csv"
    ((file,), _) = list_files([path])
    document = read_file(file, settings=ReadSettings(), reader=NoReader())
    extraction = import_triples(document)
    assert (len(extraction.triples), extraction.rejections) == (1899, ())
