from pathlib import Path

import pytest

from kgpipe.verify.lines import explain, numbered_lines, parse_json


def test_lines_are_numbered_and_blank_ones_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf1\r\n\r\n2\x0b\x85\n")
    assert [item for item, _ in numbered_lines(path)] == ["a.jsonl:1", "a.jsonl:3"]


@pytest.mark.parametrize(
    ("line", "message"),
    [("{", "not valid JSON"), ('"\\ud800"', "not valid UTF-8"), ("1" * 5_000, "not valid JSON")],
)
def test_broken_lines_are_explained(line: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_json(line)
    assert message in explain(error.value)
