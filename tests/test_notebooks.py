"""Every notebook runs from top to bottom, and is kept without its results."""

from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

nbformat = pytest.importorskip("nbformat", reason="nbformat reads the notebooks")
nbclient = pytest.importorskip("nbclient", reason="nbclient executes the notebooks")
pytest.importorskip("ipykernel", reason="the notebooks run on ipykernel")

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
# A run of the sample takes ten seconds; this leaves room for a busy machine.
SECONDS_A_CELL = 120


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_is_kept_without_results(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kernels, settings and sockets of whoever runs the tests stay out of it.
    for variable in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    work = tmp_path / "work"
    work.mkdir()
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(work)}},
    ).execute()
    assert [cell.id for cell in notebook.cells if _is_empty_table(cell)] == []
    # What a notebook writes goes to a temporary folder of its own, which it removes.
    assert list(work.iterdir()) == []


def _is_empty_table(cell: dict[str, object]) -> bool:
    """A notebook that shows an empty table shows nothing, though it runs."""
    outputs = cell.get("outputs", [])
    assert isinstance(outputs, list)
    texts = [output.get("data", {}).get("text/plain", "") for output in outputs]
    return any("Empty DataFrame" in text for text in texts)
