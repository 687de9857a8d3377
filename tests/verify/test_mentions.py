import pytest

from kgpipe.text.tokens import tokenize
from kgpipe.verify.mentions import family_names, find_mention, read_target


def mentioned(text: str, *names: str) -> str | None:
    tokens = tokenize(text)
    found = find_mention(text, tokens, read_target(names).names)
    return found and text[tokens[found.first].start : tokens[found.last].end]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Guinea", "Doko lies in Guinea.", "Guinea"),
        ("Guinea", "Equatorial Guinea has one.", None),
        ("Guinea", "Guinea-Bissau has none.", None),
        ("Guinea", "Guinea's rivers", "Guinea"),
        ("Congo", "the Congo Basin", None),
        ("Democratic Republic of the Congo", "the Republic of the Congo", None),
        ("Republic of the Congo", "the Democratic Republic of the Congo", None),
        ("Republic of the Congo", "in the Republic of the Congo", "Republic of the Congo"),
        ("Predator (film)", "He directed Predator in 1987.", "Predator"),
        ("Fort Worth, Texas", "born in Fort Worth", "Fort Worth"),
        ("national action plans", "a national action plan", "national action plan"),
        ("bad effects on human health", "effects on human health", "effects on human health"),
        ("Ella Berg", "when Ella Berg sang", "Ella Berg"),
        ("El Convenio", "del Convenio de Minamata", "Convenio"),
        ("gold mining", "gold prices and coal mining", None),
        ("B\u00e9tar\u00e9-Oya", "Betare Oya holds many", "Betare Oya"),
        ("gold", "GOLD EXPORTS RISE", "GOLD"),
    ],
)  # fmt: skip
def test_names(name: str, text: str, expected: str | None) -> None:
    assert mentioned(text, name) == expected


def test_any_alias_counts() -> None:
    assert mentioned("Hg is toxic.", "mercury", "Hg") == "Hg"
    assert mentioned("Lead is toxic.", "mercury", "Hg") is None


def test_family_names_are_those_of_proper_names() -> None:
    names = read_target(("Eric Frank Russell", "gold miners")).names
    assert [name.words for name in family_names(names)] == [("russell",)]


def test_numbers_of_a_name_are_amounts() -> None:
    target = read_target(("454,335 hectares",))
    assert target.names == ()
    assert [amount.unit for amount in target.amounts] == ["m2"]
