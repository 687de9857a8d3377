from kgpipe.corpus.markdown import strip_markdown

SOURCE = """---
title: "Gold and mercury"
---
<!-- a note
over lines -->
##Mining in *Peru*

The **mine** in [Puno](http://example.org) sells
gold ![map](map.png), see `ore`.<br>It is [small][1].

# Overview

- first
- second

| Country | Mercury |
|---------|---------|
| Peru    | 45 t    |

> A quote

<div>In a <b>block</b></div>

[1]: http://example.org
"""


def test_strip_markdown() -> None:
    text, title, (table,) = strip_markdown(SOURCE)
    assert title == "Gold and mercury"
    assert [[cell and text[slice(*cell)] for cell in row] for row in table.rows] == [
        ["Country", "Mercury"],
        ["Peru", "45 t"],
    ]
    assert text.split("\n\n") == [
        "Mining in Peru",
        "The mine in Puno sells gold map, see ore. It is small.",
        "Overview",
        "first",
        "second",
        "Country\tMercury",
        "Peru\t45 t",
        "A quote",
        "In a block",
    ]


def test_title_without_front_matter() -> None:
    assert strip_markdown("## Low\n\n# High\n\n# Next")[1] == "High"
    assert strip_markdown("No heading.") == ("No heading.", "", ())


def test_an_empty_cell_has_no_place() -> None:
    text, _, (table,) = strip_markdown("| a | b |\n|---|---|\n| a |  |\n|  | b |")
    assert text == "a\tb\n\na\n\nb"
    assert table.rows == (((0, 1), (2, 3)), ((5, 6), None), (None, (8, 9)))


def test_the_first_row_is_known_to_be_the_header_and_sentences_stay_text() -> None:
    assert strip_markdown("| a | b |\n|---|---|\n| 1 | 2 |").tables[0].headed
    prose = "Parties shall take measures against it. " * 9
    assert strip_markdown(f"| a | b |\n|---|---|\n| {prose} | {prose} |").tables == ()
