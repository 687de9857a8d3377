"""The co-occurrence regression that others are measured by, with its lexicon made by hand.

Does a sentence hold the subject, the head of the object and a word of the predicate? Counts of that
over sentences and pages, and the predicate, in a logistic regression. It knows these ten predicates
and no other; nothing in kgpipe's own verification reads this list.
"""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.verify.sightings import Page
from kgpipe.verify.spotting import fold_text

Floats = NDArray[np.float64]

_LEXICON = {
    "author": "author|wrote|written|writer|novel|book|publish|story|fiction",
    "award": "award|won|win|prize|laureate|receiv|recipient|honor|honour",
    "birthPlace": "born|birth|native|hometown",
    "deathPlace": "died|death|dead|passed away|deceased|killed|assassinat|buried",
    "foundationPlace": "found|headquarter|based|establish|start|incorporat",
    "office": "president|prime minister|minister|elected|office|leader|premier|chancellor",
    "spouse": "married|marri|wife|husband|spouse|wed|divorc|engaged",
    "starring": "star|cast|actor|actress|play|role|film|movie",
    "subsidiary": "subsidiary|acqui|bought|purchase|owned|merge|parent|division",
    "team": "play|team|sign|trade|roster|draft|guard|forward|center|season",
}
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"\w+")


def cooccurrence_features(
    subject: str, predicate: str, object_: str, pages: Sequence[Page]
) -> Floats:
    """Twelve counts of what stands together; shape (12,)."""
    subject_head, object_head = _head(subject), _head(object_)
    words = re.compile(rf"\b(?:{_LEXICON.get(predicate, re.escape(fold_text(predicate)))})")
    counts = np.array([_page_counts(page.text, subject_head, object_head, words) for page in pages])
    counts = counts.reshape(len(pages), 6)
    shares = (counts[:, :5] > 0).mean(axis=0) if len(pages) else np.zeros(5)
    sums = np.log1p(counts.sum(axis=0))
    return np.concatenate([shares, sums, [math.log1p(len(pages))]])


def _page_counts(
    text: str, subject: str, object_: str, words: re.Pattern[str]
) -> tuple[int, int, int, int, int, int]:
    """Sentences with s, with o, with both, with s and p, with all three; and all sentences."""
    counts = [0, 0, 0, 0, 0]
    sentences = _SENTENCE.split(fold_text(text))
    for sentence in sentences:
        s, o = subject in sentence, object_ in sentence
        if s or o:
            p = words.search(sentence) is not None
            for place, found in enumerate((s, o, s and o, s and p, s and p and o)):
                counts[place] += found
    return counts[0], counts[1], counts[2], counts[3], counts[4], len(sentences)


def _head(name: str) -> str:
    """What a text will hold of a name: up to the comma, without brackets; its last word of few."""
    plain = fold_text(re.sub(r"\s*\([^()]*\)", "", name)).split(",")[0].strip()
    words = _WORD.findall(plain)
    return words[-1] if len(words) in (2, 3) and len(words[-1]) > 3 else plain
