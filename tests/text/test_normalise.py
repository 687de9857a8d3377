import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.text.normalise import label_key, normalise_name
from kgpipe.types import Triple


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("  The   Minamata\u00a0Convention. ", "minamata convention"),
        ("l\u2019orpaillage", "orpaillage"),
        ("Los ríos", "ríos"),
        ("os garimpeiros", "garimpeiros"),
        ("small\u2013scale mining", "small-scale mining"),
        ("mercury (Hg)", "mercury (hg)"),
        ("(mercury)", "mercury"),
        ("“the (illegal) mine”", "(illegal) mine"),
        ("ﬁshing", "fishing"),
        ("UN Environment", "un environment"),
        ("As", "as"),
        ("The", "the"),
        ("- mercury -", "mercury"),
        ("-5%", "-5%"),
        ("...", "..."),
        ("U.S.", "u.s"),
        ("", ""),
    ],
)
def test_normalise_name(name: str, expected: str) -> None:
    assert normalise_name(name) == expected


@given(st.text(max_size=30))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_normalising_is_idempotent_and_never_empties(name: str) -> None:
    once = normalise_name(name)
    assert normalise_name(once) == once
    # Blanks and unassigned, format or control characters are not visible.
    if any(unicodedata.category(char)[0] not in "ZC" for char in name):
        assert once


@given(
    st.lists(st.sampled_from(["the", "l'", "(", ")", "a", " ", ".", "-", "oro", "5"])).map("".join)
)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_articles_and_brackets_are_idempotent(name: str) -> None:
    once = normalise_name(name)
    assert normalise_name(once) == once
    assert bool(once) == bool(name.strip())


def _triple(**changes: Any) -> Triple:
    fields: dict[str, Any] = {
        "id": "t",
        "document_id": "d",
        "subject": "The mine",
        "predicate": "uses",
        "object": "mercury",
        "evidence": None,
        "extractor": "x",
    }
    return Triple.model_validate(fields | changes)


def test_label_key_depends_on_the_statement_only() -> None:
    key = label_key(_triple())
    assert key == label_key(_triple(id="u", document_id="e", subject="mine", confidence=0.5))
    changed: list[dict[str, Any]] = [
        {"object": "cyanide"},
        {"negated": True},
        {"hedged": True},
        {"conditional": True},
        {"attributed_to": "FAO"},
        {"time": "2010"},
        {"place": "2010"},
    ]
    keys = [label_key(_triple(**change)) for change in changed]
    assert len({key, *keys}) == len(changed) + 1
