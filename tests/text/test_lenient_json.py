import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.text.lenient_json import find_objects

# A bracket inside a cut string looks like an object; readers ask for more than that.
TEXTS = st.text(max_size=12).filter(lambda text: "{" not in text)
ITEMS = st.lists(st.dictionaries(TEXTS, TEXTS | st.integers() | st.none()), max_size=4)


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('Sure!\n```json\n{"a": [1, 2,],}\n```\nDone.', [{"a": [1, 2]}]),
        ('{"a": "x, ]"}', [{"a": "x, ]"}]),
        ('{"a": "say \\"hi,}\\""}', [{"a": 'say "hi,}"'}]),
        ('{"a": 1}\n{"b": 2}', [{"a": 1}, {"b": 2}]),
        ('{"items": [{"a": 1}, {"b": 2}, {"c": "cut o', [{"a": 1}, {"b": 2}]),
        ('{"items": [{"a": {"b": 2}}, {"c', [{"a": {"b": 2}}]),
        ("", []),
        ("no JSON {at all}", []),
        ('{"a":' * 5000, []),
    ],
)
def test_objects_are_found_whatever_stands_around(text: str, objects: list[object]) -> None:
    assert find_objects(text) == objects


@settings(derandomize=True, deadline=None, max_examples=60)
@given(ITEMS, st.integers(min_value=0))
def test_a_cut_loses_only_what_it_cuts(items: list[dict[str, object]], at: int) -> None:
    text = json.dumps({"items": items})
    cut = at % len(text)
    # An item is complete if the text up to its closing bracket stands before the cut.
    ends = [len(json.dumps({"items": items[: number + 1]})) - 2 for number in range(len(items))]
    assert find_objects(text[:cut]) == items[: sum(end <= cut for end in ends)]
