import json
import urllib.request
from pathlib import Path

import pytest

from kgpipe.bench import overhead
from kgpipe.bench.overhead import make_chunks, run, slow_server
from kgpipe.bench.slow_server import complete


def test_chunks_are_of_the_size_and_unlike() -> None:
    chunks = make_chunks(20)
    assert all(2600 <= len(chunk.text) <= 2700 for chunk in chunks)
    assert len({chunk.text for chunk in chunks}) == 20


def test_the_server_quotes_the_passage() -> None:
    text = make_chunks(1)[0].text
    body = {"model": "m", "messages": [{"role": "user", "content": f"<data-1>\n{text}\n</data-1>"}]}
    reply = json.loads(complete(body, 3)["choices"][0]["message"]["content"])
    assert len(reply["triples"]) == 3
    assert all(triple["quote"] in text for triple in reply["triples"])


def test_the_server_ends_with_its_user() -> None:
    with slow_server(0.0, 1) as base_url:
        pass
    with pytest.raises(OSError):
        urllib.request.urlopen(base_url, timeout=1)


def test_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "CHUNKS": 8,
        "REPEATS": 2,
        "ANSWER_SECONDS": 0.05,
        "CONCURRENCY": 4,
    }.items():
        monkeypatch.setattr(overhead, name, value)
    report = run(tmp_path)
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert report["floor_seconds"] == pytest.approx(0.1)
    assert report["floor_seconds"] <= report["wall_seconds"] < 5
    assert [run["triples"] for run in report["runs"]] == [64, 64]
