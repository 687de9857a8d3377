from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batch_server import BatchServer
from tests.cli.calls import Call


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with BatchServer() as running:
        yield running


def test_from_submission_to_a_run(
    call: Call, corpus: Path, server: BatchServer, tmp_path: Path
) -> None:
    workspace = tmp_path / "w"
    model = ("--model", "openai:fake", "--base-url", server.base_url)
    sent = call("batch", "submit", corpus / "in", "-w", workspace, *model, "--json")
    assert (sent.code, list(sent.json["requests"].values())) == (0, [2])
    assert "2 requests sent" in sent.err
    [status] = call("batch", "status", "-w", workspace, "--json").json["batches"].values()
    assert (status["status"], status["total"]) == ("in_progress", 2)
    # Inputs are those of the submission.
    assert call("run", "-w", workspace, *model, "--until", "extract").code == 1
    server.finish()
    found = call("batch", "collect", "-w", workspace, "--json")
    assert (found.code, found.json["stored"], found.json["open"]) == (0, 2, 0)
    assert f"kgpipe run -w {workspace}" in found.err.replace("\n", "")
    answer = call("run", "-w", workspace, *model, "--until", "extract", "--json")
    assert (answer.code, answer.stages["extract"]["done"]) == (0, 2)
    assert server.bodies == []
    assert "No batch" in call("batch", "status", "-w", workspace).err
    assert "nothing was sent" in call("batch", "submit", "-w", workspace, *model).err


def test_what_failed_is_told_with_its_remedy(
    call: Call, corpus: Path, server: BatchServer, tmp_path: Path
) -> None:
    workspace = tmp_path / "w"
    model = ("--model", "openai:fake", "--base-url", server.base_url)
    call("batch", "submit", corpus / "in", "-w", workspace, *model)
    server.finish("failed")
    found = call("batch", "collect", "-w", workspace)
    assert "2 x Enqueued token limit." in found.err
    assert "kgpipe batch submit sends them again" in found.err


def test_another_provider_is_wrong_usage(call: Call, corpus: Path, tmp_path: Path) -> None:
    answer = call("batch", "submit", corpus / "in", "-w", tmp_path / "w", "--model", "embedded")
    assert answer.code == 2
    assert "--model openai:NAME" in answer.err
