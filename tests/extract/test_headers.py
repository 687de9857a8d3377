import pytest

from kgpipe.extract.headers import Header, drop_note_mark, is_year, read_header, say_have


@pytest.mark.parametrize(
    ("parts", "header"),
    [
        (["Budget lines"], Header("budget lines")),
        (["Budget (million US dollars)"], Header("budget", "million US dollars")),
        (["Area [ha]"], Header("area", "ha")),
        (["Mined area, km2"], Header("mined area", "km2")),
        (["Shortfall Amount in $M a"], Header("shortfall amount", "$M")),
        (["Gross Shortfall (Unit)"], Header("gross shortfall")),
        (["Share (%)"], Header("share", "%")),
        (["%"], Header("%", "%")),
        (["Production (t)", "2015"], Header("production", "t", "2015")),
        (["2014-2015"], Header("", "", "2014-2015")),
        (["Population (2010)"], Header("population", "", "2010")),
        (["U.S. Demand (1)"], Header("U.S. demand")),
        (["AMOUNT"], Header("amount")),
        (["ASGM sites"], Header("ASGM sites")),
        (["Number of mines in Ghana"], Header("number of mines in Ghana")),
        ([""], Header("")),
    ],
)
def test_read_header(parts: list[str], header: Header) -> None:
    assert read_header(parts) == header


def test_roles() -> None:
    assert read_header(["Unidad"]).is_unit
    assert read_header(["Year"]).is_year
    assert read_header(["No."]).is_index
    assert not read_header(["Country"]).is_index


def test_predicates_follow_the_language() -> None:
    assert say_have("budget", language="en", measured=True) == "have budget of"
    assert say_have("casos", language="es", measured=False) == "tener casos"
    assert say_have("%", language="es", measured=True) == "tener porcentaje"
    assert say_have("area", language="zh", measured=False) == "have area"


def test_years_and_note_marks() -> None:
    assert is_year("2015")
    assert is_year("2015/16")
    assert not is_year("3015")
    marked = ("Germanium (1)", "Peru*", "CO2", "Rubber (natural)")
    assert [*map(drop_note_mark, marked)] == ["Germanium", "Peru", "CO2", "Rubber (natural)"]
