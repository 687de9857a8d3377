"""The places that a text names: those of the user's layers, then those of the gazetteer.

A longer name hides the shorter ones in it, and a name that a layer has is not looked up elsewhere.
Many common words are also the name of some town ("gold", "forest"), so that the gazetteer is asked
about names with capitals, and otherwise about countries only.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from kgpipe.geo.places.candidates import place_of
from kgpipe.geo.places.gazetteer import Context, fold, is_country, is_installed, open_gazetteer
from kgpipe.geo.places.layers import Layer
from kgpipe.text.tokens import tokenize
from kgpipe.tiles import Place

# Words of a name: "Área de Proteção Ambiental do Tapajós".
_LONGEST = 6
# "us" and "no" are codes of countries, and words.
_SHORTEST_COUNTRY = 4
_DECIMALS = 4
_ANY = Context()


class _Phrase(NamedTuple):
    """Words number `at` to `at + size` of a text; `proper` if they are written as a name is."""

    at: int
    size: int
    words: str
    proper: bool

    @property
    def may_be_listed(self) -> bool:
        """Whether the gazetteer is to be asked."""
        return self.proper or (len(self.words) >= _SHORTEST_COUNTRY and is_country(self.words))


def find_named(text: str, *, layers: Sequence[Layer] = ()) -> tuple[Place, ...]:
    """Find places by their names in a text, in its order; without the gazetteer where it is absent.

    An ambiguous name gives each of its places, with probabilities; features of one name in the
    layers share theirs. The `quote` of a place is the name as the text has it.

    Args:
        text: in plain words.
        layers: the user's own places.
    """
    phrases = _cut(text)
    features: defaultdict[str, list[Place]] = defaultdict(list)
    for layer in layers:
        for feature in layer.features:
            features[fold(feature.name)].append(place_of(feature, layer))
    asked = {phrase.words for phrase in phrases if phrase.may_be_listed}
    gazetteer = open_gazetteer(asked) if asked and is_installed() else None
    taken: set[int] = set()
    named: list[_Phrase] = []
    for phrase in phrases:
        words = set(range(phrase.at, phrase.at + phrase.size))
        if not words & taken and (
            fold(phrase.words) in features
            or (gazetteer and phrase.may_be_listed and gazetteer.find([phrase.words], context=_ANY))
        ):
            taken |= words
            named.append(phrase)
    countries = gazetteer.countries_of([one.words for one in named]) if gazetteer else set()
    context = Context(facts=frozenset(countries))
    found: list[Place] = []
    for phrase in sorted(named):
        own = features.get(fold(phrase.words), [])
        share = {"probability": round(1 / len(own), _DECIMALS)} if own else {}
        listed = gazetteer.find([phrase.words], context=context) if gazetteer and not own else own
        found += [one.model_copy(update={"quote": phrase.words, **share}) for one in listed]
    return tuple(found)


def _cut(text: str) -> list[_Phrase]:
    """All runs of words that may be a name, the longest first."""
    tokens = tokenize(text)
    phrases = []
    for size in range(min(_LONGEST, len(tokens)), 0, -1):
        for at in range(len(tokens) - size + 1):
            first, last = tokens[at], tokens[at + size - 1]
            capitals = text[first.start].isupper() and text[last.start].isupper()
            # The first word of a text has a capital anyway.
            proper = capitals and (at > 0 or size > 1)
            phrases.append(_Phrase(at, size, text[first.start : last.end], proper))
    return phrases
