"""Documents whose text is a table, as the reader lays it out."""

from kgpipe.types import Document, Page, Table

Grid = list[list[str]]


def document_of(
    *tables: tuple[str, Grid], language: str = "en", page_breaks: bool = False
) -> Document:
    """A document of captions and tables; a cell "<" or "^" goes on with its left or upper one."""
    text = ""
    found: list[Table] = []
    pages: list[Page] = []
    for number, (caption, grid) in enumerate(tables, 1):
        start = len(text)
        text += f"{caption}\n\n" if caption else ""
        rows: list[tuple[tuple[int, int] | None, ...]] = []
        for row in grid:
            cells: list[tuple[int, int] | None] = []
            for at, value in enumerate(row):
                if value == "<":
                    cells.append(cells[-1])
                elif value == "^":
                    cells.append(rows[-1][at])
                elif value:
                    cells.append((len(text), len(text) + len(value)))
                    text += f"{value}\t"
                else:
                    cells.append(None)
            text = f"{text.rstrip()}\n\n"
            rows.append(tuple(cells))
        found.append(Table(rows=tuple(rows)))
        pages.append(Page(number=number, start=start, end=len(text), width=1, height=1))
    return Document(
        id="d", source="a.pdf", sha256="", media_type="application/pdf", title="",
        language=language, text=text, tables=tuple(found),
        pages=tuple(pages) if page_breaks else (),
    )  # fmt: skip
