from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgpipe.errors import KgpipeError
from kgpipe.publish.shapes_quads import Line, SortedQuads, unescape
from kgpipe.publish.terms import text as literal

# The second is the start of the first, and the last one's text looks like a line of its own.
LINES = [
    b'<a:s-1> <a:p> "x" <a:g> .\n',
    b"<a:s> <a:p> <a:o> <a:g> .\n",
    b'<a:s> <a:q> "1"^^<a:int> <a:g> .\n',
    '<a:t> <a:q> "Río <a:p> \\" <a:s> <a:p> <a:o> <a:g> ." <a:g> .\n'.encode(),
]


def find(quads: SortedQuads, subject: bytes) -> list[Line]:
    return [line for _, line in quads.find(subject)]


def write(tmp_path: Path, lines: list[bytes] = LINES) -> Path:
    path = tmp_path / "x.nq"
    path.write_bytes(b"".join(lines))
    return path


def test_a_subject_is_found_with_all_its_lines(tmp_path: Path) -> None:
    with SortedQuads(write(tmp_path)) as quads:
        assert find(quads, b"<a:s>") == [
            Line(b"<a:s>", b"<a:p>", b"<a:o>"),
            Line(b"<a:s>", b"<a:q>", b'"1"^^<a:int>'),
        ]
        assert [line.object for line in find(quads, b"<a:s-1>")] == [b'"x"']
        assert len(find(quads, b"<a:t>")) == 1
        for absent in (b"<a:a>", b"<a:s-2>", b"<z:z>", b"", b"<a:s"):
            assert find(quads, absent) == []


@given(st.sets(st.text("ab-", min_size=1, max_size=6), max_size=30), st.integers(1, 3))
def test_any_subject_is_found_in_any_file(names: set[str], each: int) -> None:
    import tempfile

    lines = sorted(
        f"<x:{name}> <x:p{number}> <x:o> <x:g> .\n".encode()
        for name in names
        for number in range(each)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), lines)
        with SortedQuads(path) as quads:
            for name in names:
                assert len(find(quads, f"<x:{name}>".encode())) == each
            assert find(quads, b"<x:c>") == []
            for size in (1, 60, 10_000):
                ranges = quads.cut(size)
                parts = [{line.subject for line in quads.read(*one)} for one in ranges]
                assert sum(map(len, parts)) == len(names)


def test_texts_that_look_like_predicates_are_none(tmp_path: Path) -> None:
    with SortedQuads(write(tmp_path)) as quads:
        found = [line.subject for line in quads.with_predicate(b"<a:p>")]
        assert found == [b"<a:s-1>", b"<a:s>"]


def test_an_empty_file(tmp_path: Path) -> None:
    with SortedQuads(write(tmp_path, [])) as quads:
        assert quads.cut(10) == []
        assert find(quads, b"<a:s>") == list(quads.with_predicate(b"<a:p>")) == []


def test_a_file_that_is_not_sorted_is_refused(tmp_path: Path) -> None:
    lines = [f"<a:{number % 2}> <a:p> <a:o> <a:g> .\n".encode() for number in range(200)]
    with pytest.raises(KgpipeError, match=r"x\.nq is not sorted \(see byte"):
        SortedQuads(write(tmp_path, lines))


def test_graphs_may_follow_one_another(tmp_path: Path) -> None:
    again = [line.replace(b"<a:g>", b"<a:h>") for line in LINES]
    with SortedQuads(write(tmp_path, [*LINES, *again])) as quads:
        assert len(quads.runs) == 2
        assert len(find(quads, b"<a:s>")) == 4
        assert len(list(quads.find(b"<a:s>", outside=quads.runs[0]))) == 2
        places = [place for place, _ in quads.find(b"<a:t>")]
        assert places[0] < quads.runs[0][1] <= places[1]
        assert [part for part in quads.cut(10) if part[0] == quads.runs[1][0]]


def test_a_line_that_is_no_quad_is_refused(tmp_path: Path) -> None:
    fault = pytest.raises(KgpipeError, match="not a quad")
    with SortedQuads(write(tmp_path, [b"hello\n"])) as quads, fault:
        list(quads.read(0, quads.size))


@given(st.text())
def test_texts_come_back(text: str) -> None:
    assert unescape(literal(text)[1:-1]) == text


def test_all_escapes_of_nquads_are_read() -> None:
    assert unescape(r"\t\b\n\r\f\"\'\\\u00ed\U0001F600\\u0041") == "\t\b\n\r\f\"'\\í😀\\u0041"
