"""On which pages a stretch of a document stands."""

from bisect import bisect_right

from kgpipe.types import Document


def page_starts(document: Document, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The pages of `text[start:end]` as (offset, number), from the one that holds `start` on.

    Pages without text are left out.
    """
    pages = [page for page in document.pages if page.end > page.start]
    first = max(bisect_right(pages, start, key=lambda page: page.start) - 1, 0)
    return tuple(
        (max(page.start, start), page.number) for page in pages[first:] if page.start < end
    )
