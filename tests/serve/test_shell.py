import pytest

from kgpipe.serve.shell import STATIC, show_page


@pytest.mark.parametrize(("name", "title"), [("page.html", "Review"), ("sparql.html", "SPARQL")])
def test_every_page_has_one_head(name: str, title: str) -> None:
    shown = show_page(name)
    assert shown.media_type == "text/html"
    text = bytes(shown.body).decode()
    assert text.startswith("<!doctype html>\n<html lang=")
    for once in ("<head>", "</head>", "<body>", f"<title>{title}</title>", "/static/page.css"):
        assert text.count(once) == 1


def test_no_page_repeats_what_all_share() -> None:
    shared = (STATIC / "head.html").read_text(encoding="utf-8").splitlines()
    for page in STATIC.glob("*.html"):
        if page.name != "head.html":
            assert not set(shared) & set(page.read_text(encoding="utf-8").splitlines())
