"""The workspace of a run over the small corpus, and clients of its review page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the review page needs kgpipe[serve]")

from starlette.testclient import TestClient

from kgpipe.serve.app import create_app
from kgpipe.serve.desk import Desk
from kgpipe.serve.guard import LOOPBACK
from kgpipe.settings import ReviewSettings
from kgpipe.workspace import Workspace
from tests.cli.calls import spawn
from tests.serve.corpus import write_corpus

TOKEN = "a-token-of-this-test"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the corpus and the workspace `w`; nothing may be changed by a test."""
    folder = tmp_path_factory.mktemp("review-page")
    write_corpus(folder)
    done = spawn("run", "in", "-w", "w", "--evidence", "ev", cwd=folder)
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of the workspace."""
    return Path(shutil.copytree(finished / "w", tmp_path / "w"))


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    opened = Workspace(folder, create=False)
    yield opened
    opened.close()


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    return Desk(workspace, settings=ReviewSettings(), reviewer="Ana")


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    """A browser that has opened the page."""
    app = create_app(desk, token=TOKEN, hosts=LOOPBACK)
    with TestClient(app, base_url="http://127.0.0.1:8377") as opened:
        assert opened.get("/", params={"token": TOKEN}).status_code == 200
        yield opened
