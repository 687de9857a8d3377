import pytest

from kgpipe.serve.sparql_forms import choose_forms

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "first"),
    [
        ("", JSON),
        ("*/*", JSON),
        (XML, XML),
        ("application/json", JSON),
        ("text/csv;q=0.5, application/sparql-results+xml", XML),
        ("text/*", "text/csv"),
        ("text/turtle, text/csv", "text/csv"),
        ("text/tab-separated-values;q=0.9, */*;q=0.1", "text/tab-separated-values"),
        ("*/*, text/turtle", "text/turtle"),
        ("TEXT/CSV ; q=1.0 ; charset=utf-8", "text/csv"),
        (BROWSER, XML),
        ("application/rdf+xml,application/sparql-results+xml", XML),
    ],
)
def test_the_form_that_is_liked_best(accept: str, first: str) -> None:
    assert choose_forms(accept)[0] == first


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "x", "text/csv;q=bad", ";;,"])
def test_no_form(accept: str) -> None:
    assert choose_forms(accept) == []


def test_a_precise_range_outranks_a_wide_one() -> None:
    assert JSON not in choose_forms(f"*/*, {JSON};q=0")
    assert choose_forms("text/html;q=0.2, */*;q=0.9", ("text/turtle", "text/html")) == [
        "text/turtle", "text/html",
    ]  # fmt: skip
