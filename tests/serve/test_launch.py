import socket
from pathlib import Path

import httpx
import pytest

from kgpipe.errors import UsageError
from kgpipe.serve.desk import Desk
from kgpipe.serve.launch import serve_page
from tests.cli.calls import spawn
from tests.serve.running import serve


def test_a_port_that_is_taken_is_named(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port}.*Choose another --port"):
            serve_page(desk, host="127.0.0.1", port=port, announce=print)


def test_an_address_that_is_not_this_machines_is_named(desk: Desk) -> None:
    with pytest.raises(UsageError, match=r"Cannot listen on 192\.0\.2\.1"):
        serve_page(desk, host="192.0.2.1", port=0, announce=print)


def test_it_listens_to_this_machine_alone(folder: Path) -> None:
    with serve(folder, "--port", "0") as (address, _):
        url = httpx.URL(address)
        assert url.host == "127.0.0.1" and len(url.params["token"]) == 32
        with httpx.Client(trust_env=False, follow_redirects=True) as client:
            assert client.get(url).status_code == 200
        with socket.socket(socket.AF_INET) as other:
            assert url.port is not None
            # All of 127/8 is this machine; only the one address listens.
            assert other.connect_ex(("127.0.0.2", url.port)) != 0


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    answer = spawn("review", "serve", "-w", tmp_path, "--no-open")
    assert answer.code == 2 and "not a kgpipe workspace" in answer.err
