"""A server on which anything goes wrong at random: nothing is lost, nothing is paid for twice."""

import json
import random
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from kgpipe.backends.triple_format import read_triples
from kgpipe.errors import KgpipeError
from kgpipe.pipeline import Run, load_rejections
from kgpipe.settings import ExtractSettings, Settings
from kgpipe.storage import FILE_NAME, StageStatus
from kgpipe.types import Chunk, Extraction
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace
from tests.openai_server import OpenAiServer, Step

CHUNKS = 64
CONCURRENCY = 16
TIMEOUT_SECONDS = 1.0
# What happens on the way; after each of these the client has no reply, so asking again is right.
LOST = (
    Step(status=429, headers={"Retry-After": "0.02"}),
    Step(status=429, headers={"retry-after": "0.05"}, error={"code": "rate_limit_exceeded"}),
    Step(status=500),
    Step(status=503, headers={"Retry-After": "0.02"}),
    Step(delay_seconds=1.5 * TIMEOUT_SECONDS),
    Step(hang_up=True),
    Step(body=b'{"choices": [{"mess'),
    Step(body=b""),
)
ARRIVED = (Step(), Step(finish_reason="length"))


def facts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What there is to say about a passage: one fact a sentence."""
    passage = body["messages"][1]["content"].splitlines()[1]
    sentences = [f"{sentence.strip()}." for sentence in passage.split(".")[:-1]]
    return [
        {
            "quote": sentence,
            "subject": " ".join(sentence.split()[:2]),
            "predicate": "uses",
            "object": sentence.split()[-1].rstrip("."),
        }
        for sentence in sentences
    ]


def distorted(chance: random.Random, body: dict[str, Any]) -> str:
    """What the model says, as models do."""
    items = facts(body)
    whole = json.dumps({"triples": items})
    return chance.choice(
        [
            whole,
            whole,
            f"```json\n{whole}\n```",
            json.dumps({"triples": items + items}),
            json.dumps({"triples": items[::-1]}),
            json.dumps({"triples": [*items, 7, {"subject": []}, {"quote": "Never said."}]}),
            whole[: len(whole) // 2],
            whole[:5],
            json.dumps({"facts": "none"}),
            "[1, 2",
            "",
            " \n",
        ]
    )


def make_chunks() -> list[Chunk]:
    chunks = []
    for number in range(CHUNKS):
        camps = range(number * 5, number * 5 + 5)
        text = " ".join(f"Camp {camp} uses mercury near river{camp}." for camp in camps)
        chunks.append(
            Chunk(id=f"c{number}", document_id="d", start=0, end=len(text), text=text,
                  language="en")
        )  # fmt: skip
    return chunks


def extract(workspace: Workspace, server: OpenAiServer, chunks: list[Chunk]) -> StageStatus:
    settings = Settings(
        extract=ExtractSettings(
            model="openai:fake", base_url=server.base_url, concurrency=CONCURRENCY,
            timeout_seconds=TIMEOUT_SECONDS,
        )
    )  # fmt: skip
    try:
        Run(workspace, settings, wire(settings, workspace)).extract(chunks)
    except KgpipeError as error:
        assert "Finished items are kept" in str(error)
    [status] = workspace.status()
    return status


def replies_by_passage(folder: Path) -> dict[str, list[str]]:
    """The texts of the stored replies to each passage, in the order in which they came."""
    found = defaultdict(list)
    with sqlite3.connect(folder / FILE_NAME) as database:
        for request, reply in database.execute("SELECT request, reply FROM replies ORDER BY rowid"):
            passage = json.loads(request)["messages"][1]["content"].splitlines()[1]
            found[passage].append(json.loads(reply)["text"])
    return found


def said_items(reply: str) -> int:
    """The items of a reply, the mark of a cut-off among them; 1 for one that cannot be read."""
    items = read_triples(reply)
    return 1 if items is None else len(items)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_chunk_ends_done_or_rejected_and_nothing_is_paid_twice(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    chance = random.Random(seed)
    # Two in five calls come to nothing.
    steps = [chance.choice(chance.choices((ARRIVED, LOST), (3, 2))[0]) for _ in range(2000)]
    workspace, chunks = Workspace(tmp_path), make_chunks()
    with OpenAiServer(lambda body: distorted(chance, body), steps=steps) as server:
        for _ in range(5):
            status = extract(workspace, server, chunks)
            assert status.seen == CHUNKS == status.done + status.rejected + status.errors
            if not status.errors:
                break
        assert (status.errors, status.waiting) == (0, 0)
        asked = [json.dumps(body["messages"]) for body in server.bodies]
    # Once a reply has arrived, the same request is never sent again.
    arrived: set[str] = set()
    for request, step in zip(asked, steps, strict=False):
        assert request not in arrived, "a reply was paid for twice"
        if step in ARRIVED:
            arrived.add(request)
    # Every item of every reply that was used is a triple, or a rejection with a reason.
    replies = replies_by_passage(tmp_path)
    texts = {chunk.id: chunk.text for chunk in chunks}
    extractions = workspace.current("extract", Extraction)
    for extraction in extractions:
        text = texts[extraction.chunk_id]
        # Where a reply was cut off, what it left over was asked about in its turn, and the mark of
        # the loss is gone unless the same question would have come again.
        asked_about = [passage for passage in replies if text.endswith(passage)]
        dispatched = sum(said_items(replies[passage][-1]) for passage in asked_about)
        returned = len(extraction.triples) + len(extraction.rejections)
        assert dispatched - (len(asked_about) - 1) <= returned <= dispatched
    turned_down = load_rejections(workspace)
    assert all(rejection.reason and rejection.detail for rejection in turned_down)
    assert len(extractions) + status.rejected == CHUNKS
    assert {r.reason for r in workspace.rejections()} <= {"unparsable_reply"}
    assert status.kept > CHUNKS
