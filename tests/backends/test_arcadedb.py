import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import kgpipe.backends.arcadedb
from kgpipe.backends.arcadedb import GraphProcess, find_server
from kgpipe.errors import KgpipeError, UsageError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bolt")]
CHILD = """
import sys, time
from pathlib import Path
from kgpipe.backends.arcadedb import GraphProcess

process = GraphProcess(Path(sys.argv[1]))
process.graph.write("MERGE (:Kept {id: 1})")
print(process.uri, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def installed() -> None:
    pytest.importorskip("arcadedb_embedded", reason="not installed: kgpipe[bolt]")


def server_of(folder: Path) -> tuple[int, Path]:
    """Number and private folder of the server that runs on a folder."""
    number, private = (folder / "server.pid").read_text().splitlines()
    return int(number), Path(private)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        # A zombie has no command line.
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_a_database_outlives_its_server(tmp_path: Path) -> None:
    with closing(GraphProcess(tmp_path / "a b'c")) as process:
        process.graph.write("CREATE (:Kept {id: $id})", id="x")
        pid, private = server_of(tmp_path / "a b'c")
        assert (private.stat().st_mode & 0o777, is_running(pid)) == (0o700, True)
        # No other user sees the password, and the address is this machine's.
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        assert process.password not in line
        assert process.uri.startswith("bolt://127.0.0.1:")
    with closing(GraphProcess(tmp_path / "a b'c")) as process:
        assert [*process.graph.read("MATCH (n:Kept) RETURN n.id")] == [("x",)]
        later = server_of(tmp_path / "a b'c")
    wait_until(lambda: not is_running(pid) and not is_running(later[0]))
    wait_until(lambda: not private.exists() and not later[1].exists())
    assert not Path("log").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("killed", ["parent", "keeper"])
def test_the_server_goes_when_its_owner_is_killed(tmp_path: Path, killed: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child:
        assert child.stdout.readline().startswith(b"bolt://")
        pid, _ = server_of(tmp_path)
        parent = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
        os.kill(child.pid if killed == "parent" else int(parent), signal.SIGKILL)
        wait_until(lambda: not is_running(pid))
        child.kill()
    with closing(GraphProcess(tmp_path)) as process:
        assert [*process.graph.read("MATCH (n:Kept) RETURN n.id")] == [(1,)]


def test_an_orphan_is_ended_and_a_stranger_with_its_number_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kgpipe.backends.arcadedb, "CLOSING_SECONDS", 0.1)
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    with (
        subprocess.Popen([*sleep, "/tmp/its-private-folder"]) as orphan,
        subprocess.Popen(sleep) as stranger,
    ):
        pid_file = tmp_path / "server.pid"
        for process, goes in ((stranger, False), (orphan, True)):
            pid_file.write_text(f"{process.pid}\n/tmp/its-private-folder\n")
            with closing(GraphProcess(tmp_path)):
                assert (process.poll() is not None) == goes
            wait_until(lambda: not pid_file.exists())
        stranger.kill()


def test_two_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(GraphProcess(tmp_path)):
        monkeypatch.setattr(kgpipe.backends.arcadedb, "_TURN_SECONDS", 0.1)
        with pytest.raises(KgpipeError, match=r"Another kgpipe has been using .* for 0\.1 s"):
            GraphProcess(tmp_path)
    GraphProcess(tmp_path).close()


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "arcadedb_embedded", None)
    with pytest.raises(UsageError, match=r"needs arcadedb_embedded: pip install 'kgpipe\[bolt\]'"):
        GraphProcess(tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_package_without_java_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: False)
    with pytest.raises(UsageError, match=r"no Java in .* for this machine"):
        find_server()


def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kgpipe.backends.arcadedb, "_JAVA_OPTIONS", ("-XX:NoSuchOption",))
    with pytest.raises(KgpipeError, match=r"does not start in .* It said: .*NoSuchOption"):
        GraphProcess(tmp_path)
    assert not (tmp_path / "server.pid").exists()
