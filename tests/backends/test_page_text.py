import pytest

from kgpipe.backends.guarded_http import Page
from kgpipe.backends.page_text import read_page
from kgpipe.errors import ItemError
from tests.inputs import pdf_of

SPANISH = "El mercurio contamina los r\u00edos de Madre de Dios. " * 4
HTML = f"""<!doctype html><html lang="es-PE"><head><title>R\u00edos</title>
<meta property="article:published_time" content="2020-03-04"></head><body>
<nav>Home | Login | Menu</nav><article><p>{SPANISH}</p><p>{SPANISH} Fin.</p></article>
<footer>Cookies</footer></body></html>"""


def page(content: bytes, kind: str = "text/html; charset=utf-8") -> Page:
    return Page("https://a.example/x", content, kind)


def test_html_is_its_article() -> None:
    found = read_page(page(HTML.encode()))
    assert "Login" not in found.text
    assert len(found.text.split("\n\n")) == 2
    assert (found.title, found.language, found.published) == ("R\u00edos", "es", "2020-03-04")


def test_pdf_is_read() -> None:
    found = read_page(page(pdf_of(["Mercury harms rivers."]), "application/pdf"))
    assert "Mercury harms rivers." in found.text


def test_plain_text_is_itself() -> None:
    assert read_page(page(b"Gold.\n\nMercury.", "text/plain")).text == "Gold.\n\nMercury."


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (b"\x89PNG", "image/png", "not_text"), (b"%PDF-1.4 broken", "text/html", "corrupt"),
        (b"<html><body></body></html>", "text/html", "no_text"), (b" ", "text/plain", "no_text"),
        (pdf_of(["secret"], encrypt="key"), "application/pdf", "corrupt"),
    ],
)  # fmt: skip
def test_what_has_no_text_has_a_reason(content: bytes, kind: str, reason: str) -> None:
    with pytest.raises(ItemError) as caught:
        read_page(page(content, kind))
    assert caught.value.reason == reason
