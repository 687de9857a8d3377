import pytest

from kgpipe.bench.apart import run_apart
from kgpipe.errors import KgpipeError


def test_a_function_runs_in_a_process_of_its_own() -> None:
    measured = run_apart(sorted, [2, 1])
    assert measured.result == [1, 2]
    # An interpreter alone takes 10 MB.
    assert measured.peak_memory_mb > 10
    assert measured.seconds >= 0


def test_a_failure_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KgpipeError, match="int failed"):
        run_apart(int, "x")
    assert "ValueError" in capfd.readouterr().err
