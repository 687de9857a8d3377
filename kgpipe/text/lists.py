"""Lists of names in running text."""

import re

# What joins the last item of a list, in the languages that we read.
_LAST = r"(?:and|or|y|e|o|u|et|ou|und|oder|en|of)"
_JOINT = re.compile(rf"\s*[,;]\s+{_LAST}\s+|\s*[,;]\s+|\s+{_LAST}\s+")
_ENDS_AS_LIST = re.compile(rf"(?:[,;]|\s)\s*{_LAST}\s+\S")
# A longer item is a clause, whose joints part something else.
_MOST_WORDS = 4
_FEWEST_ITEMS = 3


def split_list(text: str) -> list[str]:
    """The items of "A, B and C"; `[text]` if it is no such list.

    A list has three items or more, each short and all with the same kind of first letter, and a
    conjunction before the last. "Itaituba, Brazil" and "Black and White" stay whole.
    """
    items = [item.strip() for item in _JOINT.split(text)]
    is_list = (
        len(items) >= _FEWEST_ITEMS
        and _ENDS_AS_LIST.search(text) is not None
        and all(0 < len(item.split()) <= _MOST_WORDS for item in items)
        and len({item[:1].isupper() for item in items}) == 1
    )
    return items if is_list else [text]
