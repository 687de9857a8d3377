"""The language of a text, among those that the user expects."""

import unicodedata
from functools import lru_cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from kgpipe.errors import UsageError

UNDETERMINED = "und"
# Below so many letters the answer is a guess.
_MIN_LETTERS = 20
# Identification needs no more than this; long texts are sampled at so many places.
_SAMPLE_CHARS, _SAMPLES = 2000, 5


def identify_language(text: str, *, languages: tuple[str, ...]) -> str:
    """Return the ISO 639-1 code of the text's main language, "und" for hardly any letters.

    A text in another script than Latin may be in any language.

    Raises:
        UsageError: `languages` holds a code that the identifier does not know.
    """
    return identify_with_confidence(text, languages=languages)[0]


def identify_with_confidence(text: str, *, languages: tuple[str, ...]) -> tuple[str, float]:
    """The language, and its probability among `languages`."""
    sample = _sample(text)
    if sum(char.isalpha() for char in sample) < _MIN_LETTERS:
        return UNDETERMINED, 0.0
    expected = languages if _is_latin(sample) else ()
    # All capitals look like another language to the model.
    language, probability = _identifier(expected).classify(sample.casefold())
    return str(language), float(probability)


def _is_latin(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    latin = sum(char.isascii() or "LATIN" in unicodedata.name(char, "") for char in letters)
    return 2 * latin > len(letters)


def _sample(text: str) -> str:
    if len(text) <= _SAMPLES * _SAMPLE_CHARS:
        return text
    step = (len(text) - _SAMPLE_CHARS) // (_SAMPLES - 1)
    return "\n".join(text[at * step : at * step + _SAMPLE_CHARS] for at in range(_SAMPLES))


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> Any:
    """The model restricted to `languages`; unrestricted for ()."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    unknown = sorted(set(languages) - set(identifier.labels))
    if unknown:
        raise UsageError(
            f"`read.languages`: unknown code {', '.join(unknown)}. Use ISO 639-1 codes such as en."
        )
    identifier.set_languages(languages or None)
    return identifier
