from pathlib import Path

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.corpus.read import read_file
from kgpipe.extract.tables import extract_tables
from kgpipe.settings import ExtractSettings, ReadSettings
from kgpipe.types import Document, SourceFile
from tests.extract.tabular import document_of

PLANS = [
    ["Country", "Budget lines", "Budget (million US dollars)", "Largest category"],
    ["Ghana (1)", "53", "47.2", "mining practice reform"],
    ["Mali", "81", "-", "formalization"],
]


def facts(document: Document) -> list[tuple[str, ...]]:
    """Subject, predicate, object, and time if there is one; quotes are checked."""
    found = []
    for triple in extract_tables(document, settings=ExtractSettings()).triples:
        assert triple.evidence is not None
        span = triple.evidence.span
        assert document.text[span.start : span.end] == triple.evidence.quote
        time = (triple.time,) if triple.time else ()
        found.append((triple.subject, triple.predicate, triple.object, *time))
    return found


def test_each_cell_is_a_fact() -> None:
    assert facts(document_of(("Plans", PLANS))) == [
        ("Ghana", "have budget lines", "53"),
        ("Ghana", "have budget of", "47.2 million US dollars"),
        ("Ghana", "have largest category", "mining practice reform"),
        ("Mali", "have budget lines", "81"),
        ("Mali", "have largest category", "formalization"),
    ]


def test_quotes_and_quantities() -> None:
    document = document_of(("Plans", PLANS), page_breaks=True)
    budget = extract_tables(document, settings=ExtractSettings()).triples[1]
    assert budget.evidence is not None
    assert budget.evidence.quote == "Ghana (1)\t53\t47.2\tmining practice reform"
    assert budget.evidence.page == 1
    assert budget.quantity is not None
    assert (budget.quantity.value, budget.quantity.unit) == (47.2, "million US dollars")


def test_years_are_times_and_the_caption_names_the_measure() -> None:
    table = ("Table 1: Gold output by country", [["Country", "2014", "2015"], ["Mali", "45", "50"]])
    assert facts(document_of(table)) == [
        ("Mali", "have Gold output", "45", "2014"),
        ("Mali", "have Gold output", "50", "2015"),
    ]


def test_rows_of_years_are_about_the_caption() -> None:
    table = ("Table 1: Mined area of Bolivia", [["Year", "Area (ha)"], ["2018", "2,790"]])
    assert facts(document_of(table)) == [
        ("Mined area of Bolivia", "have area of", "2,790 ha", "2018")
    ]


def test_totals_are_about_the_caption() -> None:
    grid = [["Country", "Mines"], ["Mali", "4"], ["Total", "9"]]
    assert facts(document_of(("Table 1: Mines in Africa", grid)))[1] == (
        "Mines in Africa", "have mines", "9",
    )  # fmt: skip


def test_a_column_of_units() -> None:
    grid = [["Material", "Shortfall", "Unit"], ["Tin", "216", "metric tons"]]
    # W stands for a value that is withheld.
    grid += [["Germanium", "W", "kg"], ["Zinc", "3", "kg"]]
    assert facts(document_of(("", grid))) == [
        ("Tin", "have shortfall of", "216 metric tons"), ("Zinc", "have shortfall of", "3 kg"),
    ]  # fmt: skip


def test_a_label_that_spans_rows() -> None:
    grid = [
        ["Site", "Year", "Mines"],
        ["Doko", "2014", "3"],
        ["Puno", "2014", "7"],
        ["^", "2015", "9"],
    ]
    document = document_of(("", grid))
    assert facts(document)[1:] == [
        ("Puno", "have mines", "7", "2014"), ("Puno", "have mines", "9", "2015"),
    ]  # fmt: skip


def test_a_table_goes_on_with_the_header_of_the_page_before() -> None:
    more = [["Peru", "12", "1.5", "formalization"]]
    document = document_of(("Plans", PLANS), ("", more), page_breaks=True)
    assert facts(document)[-3:] == [
        ("Peru", "have budget lines", "12"),
        ("Peru", "have budget of", "1.5 million US dollars"),
        ("Peru", "have largest category", "formalization"),
    ]
    result = extract_tables(document_of(("Plans", PLANS), ("", more)), settings=ExtractSettings())
    assert [rejection.reason for rejection in result.rejections] == ["no_header"]


def test_heaps_of_numbers_are_no_values() -> None:
    grid = [["Country", "Mines"], ["Mali", "4"], ["Peru", "2 3 3 2"], ["A 1 B 2 C 3", "5"]]
    assert facts(document_of(("", grid))) == [("Mali", "have mines", "4")]


def test_spanish() -> None:
    grid = [["Entidad", "Casos", "%"], ["Huila", "1.293", "5,0"]]
    assert facts(document_of(("", grid), language="es")) == [
        ("Huila", "tener casos", "1.293"), ("Huila", "tener porcentaje", "5,0%"),
    ]  # fmt: skip


def test_the_sample_table_from_pdf_and_markdown(sample: Path) -> None:
    found = []
    for path in (sample / "pdf" / "04-plan-costs.pdf", sample / "text" / "04-plan-costs.md"):
        file = SourceFile(path=str(path), source=path.name, sha256="x")
        document = read_file(file, settings=ReadSettings(), reader=PdfiumReader())
        found.append(facts(document))
    assert found[0] == found[1]
    assert len(found[0]) == 27
    assert ("Republic of the Congo", "have budget of", "5.4 million US dollars") in found[0]
