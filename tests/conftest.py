"""What all tests share: the test data beside the repository, and a wall around the network."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "data" / "sample"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real test data; the test is skipped where it is absent."""
    folder = Path(os.environ.get("KGPIPE_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the shared test data is absent (set KGPIPE_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample corpus in `data/sample`."""
    return SAMPLE


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in ("127.0.0.1", "::1", "localhost", "local"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
