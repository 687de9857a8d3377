import pytest

from kgpipe.text.prose import is_prose


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mercury harms fish.", "en"),
        ("Dredges on the lower river were burnt by the army", "en"),
        ("En 2017 se notificaron 26.279 casos en 32 departamentos (tabla 7).", "es"),
        ("“Aqui, coisas estão acontecendo”.", "pt"),
        ("Prices rose to 1,250 dollars.12", "en"),
        ("Quecksilber schadet Fischen und Menschen am Fluss", "de"),
        ("矿工使用汞", "zh"),
    ],
)
def test_statements_are_prose(text: str, language: str) -> None:
    assert is_prose(text, language=language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("---", "en"),
        ("Casanare Huila Bolívar Meta Cauca Tolima Arauca", "es"),
        ("Vaupés\t0\t106\t0,8", "es"),
        ("Hospital de Arauca\tno hay datos de la semana\t0", "es"),
        ("0% 20% 40% 60% 80% 100%", "es"),
        ("Antioquia y Meta 769 12 5 14.484 226 200.", "es"),
        ("Table of contents", "en"),
        ("36.", "en"),
        ("The ministry has published it (http://example.org/list).", "en"),
    ],
)
def test_lists_numbers_and_headings_are_not(text: str, language: str) -> None:
    assert not is_prose(text, language=language)
