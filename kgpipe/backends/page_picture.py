"""Pictures of PDF pages through pdfium."""

import io
from pathlib import Path

from kgpipe.errors import ItemError

# Pixels a point: 144 dots an inch, sharp on a page that fills half a screen.
_SCALE = 2.0
# Beyond this a side is a poster; it is drawn smaller rather than fill the memory.
_MOST_PIXELS = 4000
# Text is flat colour: the fastest level makes files as small as any.
_COMPRESSION = 1


def load_libraries() -> None:
    """Do the imports of `draw_page` ahead of time."""
    import PIL.Image
    import pypdfium2

    assert PIL.Image and pypdfium2


def draw_page(path: Path, number: int) -> bytes:
    """Draw page `number` (from 1) of a PDF as PNG.

    Not thread-safe, since pdfium is not. A broken file may crash pdfium: draw in another process.

    Raises:
        ItemError: `no_page`: the file has fewer pages; `corrupt`: it cannot be drawn.
    """
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as pdf:
            if not 1 <= number <= len(pdf):
                raise ItemError("no_page", f"{path.name} has {len(pdf)} pages, not {number}.")
            page = pdf[number - 1]
            scale = min(_SCALE, _MOST_PIXELS / max(*page.get_size(), 1.0))
            picture = page.render(scale=scale).to_pil()
            buffer = io.BytesIO()
            picture.convert("RGB").save(buffer, "PNG", compress_level=_COMPRESSION)
            return buffer.getvalue()
    except pypdfium2.PdfiumError as error:
        raise ItemError(
            "corrupt", f"Page {number} of {path.name} cannot be drawn: {error}"
        ) from error
