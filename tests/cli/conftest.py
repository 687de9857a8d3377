"""A small corpus, the workspace of a run over it, and calls within this process."""

import shutil
import sys
from pathlib import Path

import pytest

from kgpipe.cli import main
from tests.cli.calls import Answer, Call, spawn

TEXTS = {
    "in/report.txt": "Mercury in small-scale mining\n\n"
    "Small-scale miners use mercury in Ghana. The council banned cyanide in 2019.\n",
    "in/notes.txt": "Notes from the river\n\n"
    "The gold shop buys amalgam. Nobody had asked where it came from.\n",
    "ev/survey.txt": "A survey found that small-scale miners use mercury in Ghana.\n",
    "ev/denial.txt": "The council did not ban cyanide in 2019.\n",
}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command in this process, which is faster than one of its own."""

    def in_process(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["kgpipe", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        # A bare exit means success.
        return Answer(int(ended.value.code or 0), captured.out, captured.err)

    return in_process


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two texts in `in`, two of evidence in `ev`; nothing may be added by a test."""
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="session")
def first_run(corpus: Path) -> Answer:
    """A run from within the corpus's folder, into `w`."""
    return spawn("run", "in", "-w", "w", "--evidence", "ev", "--json", cwd=corpus)


@pytest.fixture
def workspace(corpus: Path, first_run: Answer, tmp_path: Path) -> Path:
    """A copy of the finished workspace."""
    assert first_run.code == 0, first_run.err
    return Path(shutil.copytree(corpus / "w", tmp_path / "w"))
