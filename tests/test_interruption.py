"""A run that is killed again and again ends with the bytes of one that was left alone."""

import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kgpipe.storage import FILE_NAME
from tests.conftest import SAMPLE
from tests.openai_server import OpenAiServer

KILLS = 5
CONCURRENCY = 4
PASSAGE = re.compile(r"<(data-\w+)>\n?(.*?)\n?</\1>", re.DOTALL)


def answer(body: dict[str, Any]) -> str:
    """A model that reads the first clause of each sentence, and takes its time."""
    time.sleep(0.1)
    found = PASSAGE.search(body["messages"][-1]["content"])
    assert found is not None
    triples = [
        {
            "quote": sentence,
            "subject": " ".join(sentence.split()[:2]),
            "predicate": sentence.split()[2],
            "object": " ".join(sentence.split()[3:6]),
        }
        for sentence in re.findall(r"[^.\n]{30,}\.", found[2])
    ]
    return json.dumps({"triples": triples})


def command(workspace: Path, *options: str) -> list[str]:
    return [
        sys.executable, "-m", "kgpipe", "run", str(SAMPLE / "pdf"), "-w", str(workspace),
        "--evidence", str(SAMPLE / "evidence"), *options,
    ]  # fmt: skip


def finish(workspace: Path, *options: str) -> float:
    started = time.monotonic()
    subprocess.run(command(workspace, *options), check=True, capture_output=True, timeout=300)
    return time.monotonic() - started


def kill_after(seconds: float, workspace: Path, *options: str) -> None:
    process = subprocess.Popen(
        command(workspace, *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def published(workspace: Path) -> dict[str, bytes]:
    out = workspace / "published"
    # Else the rows of a property graph bear a name that is the workspace's own.
    config = workspace.parent / "publish.toml"
    config.write_text("[publish]\ndataset = 'kg'\n", encoding="utf-8")
    for form in ("rdf", "csv", "cypher"):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "kgpipe",
                "publish",
                form,
                "-w",
                workspace,
                "--out",
                out,
                "-c",
                config,
            ],
            check=True,
            capture_output=True,
        )
    files = {path.name: path.read_bytes() for path in sorted(out.iterdir())}
    return files | {"review.csv": (workspace / "review.csv").read_bytes()}


def stored_passages(workspace: Path) -> set[str]:
    """The user messages whose replies are in the store."""
    if not (workspace / FILE_NAME).exists():
        return set()
    with sqlite3.connect(workspace / FILE_NAME) as database:
        try:
            rows = database.execute("SELECT request FROM replies").fetchall()
        except sqlite3.OperationalError:
            return set()
    return {json.loads(request)["messages"][-1]["content"] for (request,) in rows}


def moments(duration: float) -> list[float]:
    """Random moments of a run, the same in every run of the tests."""
    chance = random.Random(2408)
    return sorted(chance.uniform(0.15, 0.95) * duration for _ in range(KILLS))


@pytest.mark.slow
def test_killed_runs_pay_nothing_twice_and_end_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    config = tmp_path / "kgpipe.toml"
    config.write_text(f"[extract]\nconcurrency = {CONCURRENCY}\n")
    with OpenAiServer(answer) as server:
        options = ("--model", "openai:fake", "--base-url", server.base_url, "-c", str(config))
        duration = finish(tmp_path / "whole", *options)
        calls = len(server.bodies)
        server.bodies.clear()
        for seconds in moments(duration):
            paid = stored_passages(tmp_path / "killed")
            already = len(server.bodies)
            kill_after(seconds, tmp_path / "killed", *options)
            asked = [body["messages"][-1]["content"] for body in server.bodies[already:]]
            assert not paid & set(asked), "a stored reply was paid for again"
        finish(tmp_path / "killed", *options)
    assert calls <= len(server.bodies) <= calls + KILLS * CONCURRENCY
    assert published(tmp_path / "killed") == published(tmp_path / "whole")


@pytest.mark.slow
def test_killed_embedded_runs_end_alike(tmp_path: Path) -> None:
    duration = finish(tmp_path / "whole")
    for seconds in moments(duration):
        kill_after(seconds, tmp_path / "killed")
    finish(tmp_path / "killed")
    whole = published(tmp_path / "whole")
    assert len(whole["claims.csv"].splitlines()) > 100
    assert published(tmp_path / "killed") == whole


@pytest.mark.slow
def test_a_kill_with_16_calls_in_flight_repays_those_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    flying = 16
    config = tmp_path / "kgpipe.toml"
    config.write_text(f"[extract]\nconcurrency = {flying}\n[chunk]\nmax_chars = 400\n")

    def answer_slowly(body: dict[str, Any]) -> str:
        time.sleep(0.5)
        return answer(body)

    with OpenAiServer(answer_slowly) as server:
        options = ("--model", "openai:fake", "--base-url", server.base_url, "-c", str(config),
                   "--until", "extract")  # fmt: skip
        process = subprocess.Popen(
            command(tmp_path / "w", *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # The first round is answered, and the second is under way.
        while process.poll() is None and len(server.bodies) < 2 * flying:
            time.sleep(0.01)
        process.kill()
        process.wait()
        stored = stored_passages(tmp_path / "w")
        finish(tmp_path / "w", *options)
        asked = [body["messages"][-1]["content"] for body in server.bodies]
    assert len(stored) >= flying, "it was killed before there was anything to lose"
    assert len(set(asked)) > 2 * flying
    repaid = Counter(asked)
    assert all(repaid[passage] == 1 for passage in stored)
    assert len(asked) - len(set(asked)) <= flying
