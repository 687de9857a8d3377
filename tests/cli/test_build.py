import csv
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from kgpipe.backends.guarded_http import GuardedHttp, Limits
from kgpipe.bench.http_server import HttpServer, send
from kgpipe.ids import content_digest
from kgpipe.workspace import Workspace
from tests.cli.calls import Answer, Call
from tests.openai_server import OpenAiServer

STAGES = ["read", "chunk", "extract", "dedupe", "evidence", "retrieve", "verify"]
REPORT = b"%PDF-1.4 a report"


def test_run_reports_on_both_streams(first_run: Answer, workspace: Path) -> None:
    assert list(first_run.stages) == STAGES
    fields = {
        "stage", "seen", "done", "kept", "rejected", "errors", "waiting", "reused", "seconds",
        "input_tokens", "output_tokens", "cost", "unpriced", "lost", "lost_cost", "reasons",
    }  # fmt: skip
    assert all(set(stage) == fields for stage in first_run.stages.values())
    assert first_run.stages["read"]["kept"] == 2
    assert first_run.stages["verify"]["kept"] == first_run.stages["dedupe"]["kept"] == 3
    # The table and where the queue lies are for people.
    assert "2 documents" in first_run.err
    assert "3 facts to review: w/review.csv" in first_run.err
    assert (workspace / "review.csv").is_file()


def test_a_second_run_recomputes_nothing_and_needs_no_input(
    call: Call, corpus: Path, workspace: Path
) -> None:
    # The inputs are those of the latest run, wherever the command is called from.
    answer = call("run", "-w", workspace, "--evidence", corpus / "ev", "--json")
    assert answer.code == 0
    assert {name: s["seen"] - s["reused"] for name, s in answer.stages.items()} == dict.fromkeys(
        STAGES, 0
    )
    assert answer.stages["read"]["seen"] == 2


def test_the_latest_inputs_are_taken(call: Call, corpus: Path, tmp_path: Path) -> None:
    options = ("-w", tmp_path / "w", "--until", "corpus", "--json")
    assert call("run", corpus / "in", *options).stages["read"]["seen"] == 2
    assert call("run", corpus / "in" / "notes.txt", *options).stages["read"]["seen"] == 1
    assert call("run", *options).stages["read"]["seen"] == 1
    # Without --json nothing goes to standard output.
    assert call("run", *options[:-1]).out == ""


def test_a_run_that_failed_is_taken_up_without_naming_its_inputs(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    assert call("run", tmp_path / "in", "-w", tmp_path / "w", "--until", "corpus").code == 1
    (tmp_path / "in" / "report.txt").write_text("The council banned cyanide in 2019.\n")
    assert call("run", "-w", tmp_path / "w", "--until", "corpus").code == 0


def test_until_and_limit(call: Call, corpus: Path, tmp_path: Path) -> None:
    answer = call(
        "run", corpus / "in", "-w", tmp_path / "w", "--until", "corpus", "--limit", "1", "--json"
    )
    assert {name: s["kept"] for name, s in answer.stages.items()} == {"read": 1, "chunk": 1}
    assert not (tmp_path / "w" / "review.csv").exists()


def test_options_outrank_the_settings_file(call: Call, corpus: Path, tmp_path: Path) -> None:
    config = tmp_path / "kgpipe.toml"
    config.write_text("[extract]\nmodel = 'openai:fake'\nbase_url = 'http://127.0.0.1:9/v1'\n")
    options = ("-w", tmp_path / "w", "-c", config, "--until", "extract", "--json")
    with OpenAiServer() as server:
        answer = call("run", corpus / "in", *options, "--base-url", server.base_url)
        assert (answer.code, answer.stages["extract"]["done"]) == (0, 2)
        assert {body["model"] for body in server.bodies} == {"fake"}
    assert call("run", *options, "--model", "embedded").stages["extract"]["kept"] == 3


def test_one_run_at_a_time(call: Call, workspace: Path) -> None:
    with Workspace(workspace).exclusive():
        answer = call("run", "-w", workspace)
    assert answer.code == 1
    assert "Another kgpipe run is using the workspace" in answer.err


def test_a_table_of_triples_is_imported(call: Call, tmp_path: Path) -> None:
    table = tmp_path / "theirs.csv"
    table.write_text(
        "Entity1,Relation,Entity2\nGhana,exports,gold\nMali,,gold\nMali,exports,gold\n"
    )
    answer = call("run", table, "-w", tmp_path / "w", "--until", "dedupe", "--json")
    assert answer.code == 0
    imported = answer.stages["import"]
    assert (imported["kept"], imported["reasons"]) == (2, {"incomplete_row": 1})
    assert "1 x incomplete_row" in answer.err
    call("publish", "csv", "-w", tmp_path / "w", "--out", tmp_path / "out")
    with (tmp_path / "out" / "claims.csv").open() as claims:
        assert [(r["subject"], r["gate"], r["quote"]) for r in csv.DictReader(claims)] == [
            ("Ghana", "pending", ""), ("Mali", "pending", ""),
        ]  # fmt: skip


def test_status_shows_what_the_run_did(call: Call, workspace: Path, first_run: Answer) -> None:
    answer = call("status", "-w", workspace, "--json")
    assert (answer.code, answer.stages) == (0, first_run.stages)
    assert "3 claims" in answer.err
    assert call("status", "-w", workspace).out == ""


class Site(HttpServer):
    """A web site with one report."""

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        if request.path == "/report.pdf":
            send(request, 200, REPORT)
        else:
            send(request, 404, b"")


@pytest.fixture
def site() -> Iterator[str]:
    with Site() as running:
        yield running.address


def write_sources(path: Path, *sources: tuple[str, str, str]) -> Path:
    """A list of (id, address, SHA-256)."""
    rows = "".join(f"{name},T,O,2020,{url},,{sha256}\n" for name, url, sha256 in sources)
    path.write_text(f"id,title,organisation,year,url,licence,sha256\n{rows}")
    return path


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for, which take no time; a server on loopback is allowed."""
    asked: list[float] = []
    monkeypatch.setattr("kgpipe.backends.fetch.time.sleep", asked.append)
    loopback = GuardedHttp(Limits(10**6, seconds=20), allowed=frozenset({"127.0.0.1"}))
    monkeypatch.setattr("kgpipe.backends.fetch.build_http", lambda: loopback)
    return asked


def test_fetch(call: Call, site: str, tmp_path: Path, pauses: list[float]) -> None:
    sources = write_sources(
        tmp_path / "sources.csv",
        ("good", f"{site}/report.pdf", content_digest(REPORT)),
        ("changed", f"{site}/report.pdf", "0" * 64),
        ("gone", f"{site}/gone.pdf", ""),
    )
    out = tmp_path / "out"
    answer = call("fetch", "--out", out, "--sources", sources, "--json")
    assert (answer.code, answer.json["out"], answer.json["failed"]) == (0, str(out), 2)
    assert {r["id"]: r["reason"] or r["outcome"] for r in answer.json["reports"]} == {
        "good": "fetched", "changed": "hash_changed", "gone": "not_found",
    }  # fmt: skip
    assert f"1 of 3 reports are in {out}." in answer.err
    assert "not the edition that was listed" in answer.err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"good.pdf": REPORT}
    assert min(pauses) >= 1
    again = call("fetch", "--out", out, "--sources", sources, "--json").json
    assert [r["outcome"] for r in again["reports"]] == ["present", "failed", "failed"]


def test_fetch_fails_if_there_is_no_report_at_all(
    call: Call, site: str, tmp_path: Path, pauses: list[float]
) -> None:
    sources = write_sources(tmp_path / "sources.csv", ("gone", f"{site}/gone.pdf", ""))
    answer = call("fetch", "--out", tmp_path / "out", "--sources", sources)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines()[-1].startswith("kgpipe: No report could be fetched")
    assert pauses
