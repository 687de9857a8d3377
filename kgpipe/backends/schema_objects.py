"""Features of a mention as object of each relation of a schema.

The words of the relation are looked for in the window around the mention, in the words that it
hangs on and in its sentence; windows are also compared with the relation's wording as embeddings.
No feature knows which schema or relation it is about, so weights fitted on one serve another.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, get_args

import numpy as np

from kgpipe.backends.schema_mentions import Form
from kgpipe.backends.schema_relations import Expected, relation_words, stems
from kgpipe.backends.schema_text import governing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from spacy.tokens import Doc

    from kgpipe.backends.schema_mentions import Mention
    from kgpipe.backends.schema_relations import Profile
    from kgpipe.backends.schema_text import Text
    from kgpipe.ports import Embedder

    Floats = NDArray[np.float64]

FORMS: tuple[Form, ...] = get_args(Form)
EXPECTED: tuple[Expected, ...] = get_args(Expected)
# Where a relation's words are looked for, and which texts are compared with its wording.
_CUE_PLACES = ("left", "right", "own", "verb", "sentence")
_TEXT_PLACES = ("left", "right", "clause", "own")
# How a mention stands in its clause, and whether the relation is worded as a passive ("owned by").
_ROLES = ("subject", "passive_subject", "agent", "object", "attribute", "prepositional", "other")
_VOICES = ("by", "plain")
_ROLE_OF = {
    "nsubj": "subject", "nsubjpass": "passive_subject", "dobj": "object", "attr": "attribute",
    "oprd": "attribute", "appos": "attribute", "pobj": "prepositional",
}  # fmt: skip
_PREPOSITIONS = frozenset({"in", "on", "at", "by", "for", "from", "with", "to", "of", "as"})
# Which forms of mention a relation takes that expects a date, a number, ...
_FITTING: dict[Form, frozenset[Expected]] = {
    "date": frozenset({"date", "year"}), "year": frozenset({"date", "year", "number"}),
    "number": frozenset({"number", "code"}), "country": frozenset({"place"}),
    "place": frozenset({"place", "organisation"}), "person": frozenset({"person", "any"}),
    "organisation": frozenset({"organisation", "any"}), "people": frozenset({"any"}),
    "name": frozenset({"any", "person", "organisation", "place"}),
    "code": frozenset({"code", "any", "number"}), "quoted": frozenset({"any"}),
    "noun": frozenset({"any"}),
}  # fmt: skip
OBJECT_FEATURES = (
    *(f"{kind}_{place}" for place in _CUE_PLACES for kind in ("name", "text")),
    *(f"{kind}_{place}_best" for place in ("left", "right") for kind in ("name", "text")),
    *(f"{kind}_{place}" for place in _TEXT_PLACES for kind in ("cosine", "lead")),
    *(f"title_{place}" for place in ("left", "right")),
    *(f"{role}~{voice}" for role in _ROLES for voice in _VOICES),
    "same_preposition", "other_preposition", "first_name", "cue_and_lead", "cue_and_form",
    *(f"{form}>{expected}" for form in FORMS for expected in EXPECTED),
)  # fmt: skip


class RelationTable:
    """The relations of a schema as arrays, ready to be compared with texts; R relations."""

    def __init__(self, profiles: Sequence[Profile], embedder: Embedder) -> None:
        self.profiles = list(profiles)
        self._embedder = embedder
        self._phrases = embedder.embed([profile.phrase for profile in profiles])
        self._titles = embedder.embed([profile.title for profile in profiles])
        self._at_large = embedder.embed(relation_words())
        self._cues = {
            "name": _index(profile.name_cues for profile in profiles),
            "text": _index(profile.text_cues for profile in profiles),
        }
        self._by = np.array([profile.phrase.endswith(" by") for profile in profiles])
        last = [_last_preposition(profile.phrase) for profile in profiles]
        self._with = {p: np.array([p == other for other in last]) for p in _PREPOSITIONS}
        self._prepositional = np.array([bool(other) for other in last])
        self._expected = np.array([EXPECTED.index(profile.expected) for profile in profiles])

    def __len__(self) -> int:
        return len(self.profiles)

    def coverage(self, kind: str, words: frozenset[str]) -> Floats:
        """Share of each relation's cues that occur among `words`, by weight; shape (R,)."""
        covered = np.zeros(len(self))
        for word in sorted(words):
            for number, weight in self._cues[kind].get(word, ()):
                covered[number] += weight
        return covered

    def object_features(self, text: Text) -> Floats:
        """Features of every mention as object of every relation; shape (mentions, R, F)."""
        windows = [_windows(text, index) for index in range(len(text.mentions))]
        similar = self._similarities(windows)
        features = np.zeros((len(text.mentions), len(self), len(OBJECT_FEATURES)))
        for index, mention in enumerate(text.mentions):
            cues = self._cue_features(text, index)
            fits = np.array([EXPECTED[e] in _FITTING[mention.form] for e in self._expected])
            cue = np.maximum.reduce(cues[: 2 * len(_CUE_PLACES) - 2])
            # similar[index][5] is how far the clause leads.
            together = [cue * np.maximum(similar[index][5], 0.0), cue * fits]
            columns = [*cues, *similar[index], *self._role_features(text, mention), *together]
            features[index, :, : len(columns)] = np.stack(columns, axis=1)
            at = len(columns) + FORMS.index(mention.form) * len(EXPECTED) + self._expected
            features[index, np.arange(len(self)), at] = 1.0
        return features

    def _cue_features(self, text: Text, index: int) -> list[Floats]:
        mention = text.mentions[index]
        head = text.head(mention)
        places: dict[str, Iterable[int]] = {
            "left": text.left_window(index),
            "right": text.right_window(index),
            "own": range(mention.start, mention.end),
            "verb": [token.i for token in governing(head)],
            "sentence": range(head.sent.start, head.sent.end),
        }
        words = {place: token_stems(text.doc, tokens) for place, tokens in places.items()}
        found = [
            self.coverage(kind, words[place]) for place in _CUE_PLACES for kind in ("name", "text")
        ]
        best = [((column == column.max()) & (column > 0)).astype(float) for column in found[:4]]
        return found + best

    def _role_features(self, text: Text, mention: Mention) -> list[Floats]:
        head = text.head(mention)
        while head.dep_ == "conj" and head.head is not head:
            head = head.head
        preposition = head.head.lower_ if head.dep_ == "pobj" else ""
        role = "agent" if preposition == "by" else _ROLE_OF.get(head.dep_, "other")
        roles = [
            ((self._by == (voice == "by")) & (role == known)).astype(float)
            for known in _ROLES for voice in _VOICES
        ]  # fmt: skip
        same = self._with.get(preposition, np.zeros(len(self), dtype=bool))
        other = self._prepositional & ~same & bool(preposition)
        first = next((m.entity for m in text.mentions if m.named), None)
        is_first = float(mention.named and mention.entity == first)
        return [*roles, same.astype(float), other.astype(float), np.full(len(self), is_first)]

    def _similarities(self, windows: Sequence[Mapping[str, str]]) -> list[list[Floats]]:
        """Cosines of the windows with each relation, and how far each leads relations at large.

        The lead is in standard deviations over general relation words, so that it means the same
        under a schema of three relations as under one of three hundred.
        """
        texts = sorted({text for window in windows for text in window.values() if text.strip()})
        vectors = dict(zip(texts, self._embedder.embed(texts), strict=True)) if texts else {}
        nothing = np.zeros(len(self))
        rows: list[list[Floats]] = []
        for window in windows:
            columns: list[Floats] = []
            for place in _TEXT_PLACES:
                vector = vectors.get(window[place])
                cosines = nothing if vector is None else (self._phrases @ vector).astype(float)
                at_large = (
                    np.zeros(1) if vector is None else (self._at_large @ vector).astype(float)
                )
                spread = float(at_large.std()) or 1.0
                columns += [cosines, (cosines - at_large.mean()) / spread]
            for place in ("before", "after"):
                vector = vectors.get(window[place])
                columns.append(nothing if vector is None else (self._titles @ vector).astype(float))
            rows.append(columns)
        return rows


def token_stems(doc: Doc, tokens: Iterable[int]) -> frozenset[str]:
    """The stems of the tokens' forms and lemmas; the parts of "council-manager" count too."""
    chosen = [doc[i] for i in tokens]
    forms = {token.lower_ for token in chosen} | {token.lemma_.lower() for token in chosen}
    return stems(part for form in sorted(forms) for part in form.split("-"))


def _index(cues: Iterable[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    """Cue -> (number of the relation, weight of the cue in it)."""
    index: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, weighted in enumerate(cues):
        for cue, weight in weighted.items():
            index[cue].append((number, weight))
    return dict(index)


def _windows(text: Text, index: int) -> dict[str, str]:
    mention = text.mentions[index].text
    before = _words(text.doc, text.left_window(index))
    after = _words(text.doc, text.right_window(index))
    return {
        "left": f"{before} {mention}",
        "right": f"{mention} {after}",
        "clause": f"{before} {mention} {after}",
        "own": mention,
        "before": before,
        "after": after,
    }


def _words(doc: Doc, tokens: range) -> str:
    return " ".join(doc[tokens.start : tokens.stop].text.split())


def _last_preposition(phrase: str) -> str:
    """The preposition that stands before the object in the wording of a relation."""
    found = [word for word in phrase.lower().split() if word in _PREPOSITIONS]
    return found[-1] if found else ""
