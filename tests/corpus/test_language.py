import pytest

from kgpipe.corpus.language import identify_language
from kgpipe.errors import UsageError

LANGUAGES = ("en", "es", "pt", "fr")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mercury is used by small-scale miners in the whole region.", "en"),
        ("El mercurio es utilizado por los mineros artesanales de la región.", "es"),
        ("O mercúrio é usado pelos garimpeiros em toda a região.", "pt"),
        ("Le mercure est utilisé par les orpailleurs de toute la région.", "fr"),
        ("EL MERCURIO ES UTILIZADO POR LOS MINEROS ARTESANALES", "es"),
        ("小规模金矿使用汞。汞污染河流和鱼类。影响当地居民的健康和生活环境。", "zh"),
        ("45 t, 7 t", "und"),
        ("", "und"),
    ],
)
def test_identify_language(text: str, language: str) -> None:
    assert identify_language(text, languages=LANGUAGES) == language


def test_long_texts_are_sampled_over_their_length() -> None:
    english = "Mercury is used by miners in the region. " * 10
    spanish = "El mercurio es utilizado por los mineros de la región. " * 2000
    assert identify_language(english + spanish, languages=LANGUAGES) == "es"


def test_an_unknown_code_names_the_setting() -> None:
    with pytest.raises(UsageError, match=r"read\.languages.*xx"):
        identify_language("Mercury is used by miners.", languages=("en", "xx"))
