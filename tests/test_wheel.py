"""The wheel holds all that a run needs, and works away from the repository."""

import os
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

from kgpipe import __version__
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow

ASSETS = "kgpipe/_assets"
# Where files stand in the repository, and where in the wheel.
FOLDERS = {"kgpipe": "kgpipe", "prompts": f"{ASSETS}/prompts", "data": f"{ASSETS}/data"}
# A moved or renamed folder would leave the code that reads it without its files.
NEEDED = (
    "kgpipe/py.typed",
    "kgpipe/evaluate/*.j2",
    "kgpipe/serve/static/*.css",
    "kgpipe/serve/static/*.html",
    "kgpipe/serve/static/*.js",
    f"{ASSETS}/prompts/*.md",
    f"{ASSETS}/data/prices.csv",
    f"{ASSETS}/data/sources.csv",
    f"{ASSETS}/data/dedupe/*.csv",
    f"{ASSETS}/data/extract/*.csv",
    f"{ASSETS}/data/models/*/tokenizer.json",
    f"{ASSETS}/data/queries/*.cypher",
    f"{ASSETS}/data/queries/*.rq",
    f"{ASSETS}/data/sample/evidence/*",
    f"{ASSETS}/data/sample/gold/*",
    f"{ASSETS}/data/sample/pdf/*.pdf",
    f"{ASSETS}/data/text/*",
    f"{ASSETS}/data/verify/*",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the working tree without a network."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(REPOSITORY)]
    subprocess.run(command, check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as an installation leaves it."""
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(installed: Path, work: Path, *arguments: str) -> str:
    """Run Python in `work`, with `installed` before an editable installation of the repository."""
    environment = {key: value for key, value in os.environ.items() if key != "KGPIPE_ASSETS"}
    environment["PYTHONPATH"] = str(installed)
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=work, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def test_holds_the_files_of_the_repository_and_no_others(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        f"{target}/{path.relative_to(REPOSITORY / source).as_posix()}"
        for source, target in FOLDERS.items()
        for path in (REPOSITORY / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == expected
    assert [pattern for pattern in NEEDED if not any(fnmatch(n, pattern) for n in names)] == []


def test_assets_are_found_inside_the_installation(installed: Path, tmp_path: Path) -> None:
    program = (
        "import kgpipe; from kgpipe.assets import asset_path; print(kgpipe.__file__)\n"
        "for name in ('prompts/extract.md', 'data/sample/pdf'): print(asset_path(name))"
    )
    package, *assets = run_installed(installed, tmp_path, "-c", program).splitlines()
    assert Path(package) == installed / "kgpipe" / "__init__.py"
    folder = installed / ASSETS
    assert [*map(Path, assets)] == [folder / "prompts/extract.md", folder / "data/sample/pdf"]


def test_command_line_tells_its_version(installed: Path, tmp_path: Path) -> None:
    printed = run_installed(installed, tmp_path, "-m", "kgpipe", "--version")
    assert printed == f"kgpipe {__version__}\n"


def test_a_run_needs_nothing_of_the_repository(installed: Path, tmp_path: Path) -> None:
    sample = installed / ASSETS / "data" / "sample"
    kgpipe = ("-m", "kgpipe")
    run_installed(
        installed, tmp_path, *kgpipe, "run", f"{sample}/pdf/08-congos-guineas.pdf",
        "-w", "w", "--evidence", f"{sample}/evidence",
    )  # fmt: skip
    run_installed(
        installed, tmp_path, *kgpipe, "evaluate", "-w", "w", "--gold", f"{sample}/gold",
        "--out", "report",
    )  # fmt: skip
    facts = f"{installed}/{ASSETS}/data/queries/facts.rq"
    answer = run_installed(installed, tmp_path, *kgpipe, "sparql", facts, "-w", "w")
    assert "08-congos-guineas.pdf" in answer
    assert (tmp_path / "report" / "report.html").stat().st_size > 0
