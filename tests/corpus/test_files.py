from pathlib import Path

import pytest

from kgpipe.corpus.files import list_files
from kgpipe.ids import content_digest


def _write(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_folders_are_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    for name in ("b.txt", "a/z.PDF", "a/.hidden.txt", ".git/c.txt", "a/b/t.csv"):
        _write(folder / name, name)
    files, rejections = list_files([folder])
    assert [file.source for file in files] == [
        "reports/a/b/t.csv", "reports/a/z.PDF", "reports/b.txt",
    ]  # fmt: skip
    assert rejections == []
    assert files[2].sha256 == content_digest(b"b.txt")
    assert Path(files[2].path).read_text() == "b.txt"


def test_each_bad_file_is_a_rejection_with_a_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    _write(folder / "a.txt", "same")
    _write(folder / "b.txt", "same")
    _write(folder / "c.docx")
    _write(folder / "empty.pdf", "")
    (folder / "loop.pdf").symlink_to(folder / "loop.pdf")
    files, rejections = list_files([folder, tmp_path / "absent.pdf"], stage="evidence")
    assert [file.source for file in files] == ["in/a.txt"]
    assert {(item.item, item.reason) for item in rejections} == {
        ("in/b.txt", "duplicate"),
        ("in/c.docx", "unsupported_type"),
        ("in/empty.pdf", "empty"),
        ("in/loop.pdf", "unreadable"),
        ("absent.pdf", "missing"),
    }
    assert {item.stage for item in rejections} == {"evidence"}
    assert all(item.detail.endswith(".") for item in rejections)
    (duplicate,) = [item for item in rejections if item.reason == "duplicate"]
    assert "in/a.txt" in duplicate.detail


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = _write(tmp_path / "in" / "a.txt")
    files, rejections = list_files([path, path.parent, path.parent / ".." / "in"])
    assert [file.source for file in files] == ["a.txt"]
    assert rejections == []


def test_sources_of_folders_with_one_name_differ_in_any_order(tmp_path: Path) -> None:
    one, two = tmp_path / "1" / "in", tmp_path / "2" / "in"
    _write(one / "a.txt", "one")
    _write(two / "a.txt", "two")
    _write(two / "b.txt", "three")
    forth = {file.sha256: file.source for file in list_files([one, two])[0]}
    back = {file.sha256: file.source for file in list_files([two, one])[0]}
    assert forth == back
    assert sorted(forth.values()) == sorted(
        [f"in/a.{content_digest(text)[:8]}.txt" for text in (b"one", b"two")] + ["in/b.txt"]
    )


def test_the_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "in" / "a.txt")
    monkeypatch.chdir(tmp_path / "in")
    assert [file.source for file in list_files([Path()])[0]] == ["in/a.txt"]
