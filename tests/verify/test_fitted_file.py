from pathlib import Path

import pytest

from kgpipe.errors import KgpipeError
from kgpipe.verify.fitted_file import read_fitted


def test_a_file_of_the_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text('{"format": "numbers 2", "weight": 1}', encoding="utf-8")
    assert read_fitted(path, what="model", form="numbers 2")["weight"] == 1
    with pytest.raises(KgpipeError, match=r"no model of the format 'numbers 3'\. Fit it again"):
        read_fitted(path, what="model", form="numbers 3")


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1}', "\x00"])
def test_other_files_are_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KgpipeError, match="model"):
        read_fitted(path, what="model", form="numbers 2")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="Cannot read the model"):
        read_fitted(tmp_path / "none.json", what="model", form="numbers 2")
