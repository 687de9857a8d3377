"""Sets lines of text as a page reader would return them: each sign is half an em wide."""

from collections.abc import Sequence

from kgpipe.pages import RawPage, RawWord

RawLine = tuple[RawWord, ...]


def set_line(text: str, *, x: float = 50, y: float = 100, size: float = 10) -> RawLine:
    words: list[RawWord] = []
    for part in text.split(" "):
        width = len(part) * size / 2
        if part:
            words.append(RawWord(part, x, y, x + width, y + size))
        x += width + size / 2
    return tuple(words)


def set_lines(
    texts: Sequence[str], *, x: float = 50, y: float = 100, size: float = 10, pitch: float = 12
) -> list[RawLine]:
    return [set_line(text, x=x, y=y + pitch * at, size=size) for at, text in enumerate(texts)]


def set_page(*lines: RawLine, number: int = 1) -> RawPage:
    return RawPage(number=number, width=400, height=600, lines=lines)
