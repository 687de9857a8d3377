"""Whether a piece of text is a statement, or what stands around statements on a page."""

import re

from kgpipe.text.tokens import stop_words, tokenize

# Headings and labels are short and end without a mark; a sentence has one of the two.
_FEWEST_WORDS = 3
_FEWEST_WORDS_UNMARKED = 6
# With more numbers than this among its words a line is a row of a table or the axis of a chart.
_MOST_NUMBERS = 0.4
# A wide gap may stand behind a list mark; two of them part the cells of a row.
_CELL_GAPS = 2
# What holds an address is a note or a reference.
_ADDRESS = re.compile(r"https?://|www\.")
# The marks that end a sentence in the scripts that have some, then closing quotes, brackets and
# the number of a note.
_MARKS = r".!?;:\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964"
_ENDS = re.compile(rf"[{_MARKS}](?:[\"'\u2019\u201d\u00bb)\]]|\[\d+\]|\d{{1,3}})*\s*$")
# Letters that are not parted by blanks (Chinese, Japanese, Thai, Lao, Khmer, Myanmar): no words
# to be counted.
_UNPARTED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def is_prose(text: str, *, language: str) -> bool:
    """Whether `text` says something, rather than being a list of names, numbers or a heading.

    A table's cells, a map's labels and a chart's axis make a language model invent what they might
    mean. In English, Spanish, Portuguese and French a statement has a function word.

    Args:
        text: one sentence, as `split_sentences` cuts it.
        language: ISO 639-1 code.
    """
    if _UNPARTED.search(text):
        return True
    if text.count("\t") >= _CELL_GAPS or _ADDRESS.search(text):
        return False
    tokens = tokenize(text)
    numbers = sum(token.form[0].isdigit() for token in tokens)
    words = [token for token in tokens if not token.form[0].isdigit() and len(token.form) > 1]
    fewest = _FEWEST_WORDS if _ENDS.search(text) else _FEWEST_WORDS_UNMARKED
    if len(words) < fewest or numbers > _MOST_NUMBERS * len(tokens):
        return False
    grammar = stop_words(language)
    # A short sentence may do without: "Mercury harms fish." Names have capitals: "La Guajira".
    return (
        not grammar
        or bool(_ENDS.search(text))
        or any(word.form in grammar and text[word.start].islower() for word in words)
    )
