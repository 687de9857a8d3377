"""What the pages of all servers share: the static files, and how each page begins."""

from importlib import resources
from pathlib import Path

from starlette.responses import HTMLResponse, Response

STATIC = Path(str(resources.files(__package__).joinpath("static")))


def show_page(name: str) -> Response:
    """The page in the static file of that name, behind the lines that all pages begin with."""
    parts = (STATIC / part for part in ("head.html", name))
    return HTMLResponse("".join(part.read_text(encoding="utf-8") for part in parts))
