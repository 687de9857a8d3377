"""Batch mode over HTTP: whatever becomes of a batch, nothing is lost and nothing is paid twice."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgpipe import batch as batch_mode
from kgpipe.backends.batch_format import split_lines
from kgpipe.batch import check_batches, collect_batches, submit_batches
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.pipeline import build
from kgpipe.settings import CallSettings, DedupeSettings, ExtractSettings, Settings
from kgpipe.types import Graph
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace
from tests.batch_server import BatchServer

TEXTS = 12


def answer(body: dict[str, Any]) -> str:
    """A model that reads "A uses B in C."."""
    sentence = body["messages"][1]["content"].splitlines()[1]
    subject, _, rest = sentence.partition(" uses ")
    fact = {"quote": sentence, "subject": subject, "predicate": "uses", "object": rest[:-1]}
    return json.dumps({"triples": [fact]})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with BatchServer(answer) as running:
        yield running


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(TEXTS):
        (folder / f"{number:02}.txt").write_text(f"Mine {number} uses mercury in Ghana.\n")
    return folder


@pytest.fixture
def settings(server: BatchServer, tmp_path: Path) -> Settings:
    prices = tmp_path / "prices.csv"
    prices.write_text(
        "model,input_usd_per_million,cached_input_usd_per_million,output_usd_per_million\n"
        f"openai:fake@{server.base_url},1000000,0,0\n"
    )
    return Settings(
        extract=ExtractSettings(model="openai:fake", base_url=server.base_url),
        calls=CallSettings(prices=str(prices)),
    )


def extract(corpus: Path, workspace: Workspace, settings: Settings) -> Graph:
    return build([corpus], workspace, settings, wire(settings, workspace), until="extract")


def waiting(workspace: Workspace) -> int:
    [stage] = [stage for stage in workspace.status() if stage.stage == "extract"]
    return stage.waiting


def test_a_batch_gives_what_a_run_gives_at_half_the_price(
    server: BatchServer, corpus: Path, settings: Settings
) -> None:
    live, workspace = Workspace(None), Workspace(None)
    expected = extract(corpus, live, settings)
    assert len(expected.triples) == len(server.bodies) == TEXTS
    assert list(submit_batches([corpus], workspace, settings).requests.values()) == [TEXTS]
    assert waiting(workspace) == TEXTS
    [state] = check_batches(workspace).values()
    assert (state.status, state.total, state.has_ended) == ("in_progress", TEXTS, False)
    assert collect_batches(workspace, settings).open == 1
    server.finish()
    found = collect_batches(workspace, settings)
    assert (found.stored, found.failed, found.open) == (TEXTS, 0, 0)
    assert extract(corpus, workspace, settings).triples == expected.triples
    assert len(server.bodies) == TEXTS, "the run asked again"
    paid = [w.status()[-1].cost for w in (workspace, live)]
    assert paid[0] == found.usd == pytest.approx(paid[1] / 2)
    # The same request, so that live and batch replies are interchangeable.
    assert _comparable(server.asked) == _comparable(server.bodies)


def _comparable(bodies: list[dict[str, Any]]) -> list[str]:
    names = ("model", "messages", "response_format", "temperature", "max_tokens")
    return sorted(json.dumps([body[name] for name in names], sort_keys=True) for body in bodies)


def test_a_request_under_way_is_neither_sent_again_nor_asked_by_a_run(
    server: BatchServer, corpus: Path, settings: Settings
) -> None:
    workspace = Workspace(None)
    submit_batches([corpus], workspace, settings)
    assert submit_batches([corpus], workspace, settings).requests == {}
    with pytest.raises(KgpipeError, match="batch collect"):
        extract(corpus, workspace, settings)
    (corpus / "new.txt").write_text("Mine 99 uses mercury in Peru.\n")
    assert len(extract(corpus, workspace, settings).triples) == 1
    assert (len(server.bodies), len(server.batches)) == (1, 1)


def test_another_machine_goes_on_with_a_copy_of_the_workspace(
    server: BatchServer, corpus: Path, settings: Settings, tmp_path: Path
) -> None:
    here = Workspace(tmp_path / "here")
    submit_batches([corpus], here, settings)
    here.close()
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    shutil.copytree(corpus, tmp_path / "elsewhere")
    server.finish()
    there = Workspace(tmp_path / "there")
    # What the batch was about stands in the workspace, not in the settings.
    assert collect_batches(there, Settings()).stored == TEXTS
    assert len(extract(tmp_path / "elsewhere", there, settings).triples) == TEXTS
    assert server.bodies == []


@pytest.mark.parametrize("fate", ["lost", "garbled", "expired", "429", "500"])
def test_lines_that_failed_are_sent_again_and_the_others_are_kept(
    server: BatchServer, corpus: Path, settings: Settings, fate: str
) -> None:
    workspace = Workspace(None)
    submit_batches([corpus], workspace, settings)
    server.fate = lambda line: fate if "Mine 3 " in str(line) else "ok"
    server.finish("expired" if fate == "expired" else "completed")
    found = collect_batches(workspace, settings)
    assert (found.stored, found.failed) == (TEXTS - 1, 1)
    server.fate = lambda line: "ok"
    assert list(submit_batches([corpus], workspace, settings).requests.values()) == [1]
    server.finish()
    assert collect_batches(workspace, settings).stored == 1
    assert len(extract(corpus, workspace, settings).triples) == len(server.asked) == TEXTS


def test_a_batch_that_failed_as_a_whole_says_why_and_is_sent_again(
    server: BatchServer, corpus: Path, settings: Settings
) -> None:
    workspace = Workspace(None)
    submit_batches([corpus], workspace, settings)
    server.finish("failed")
    found = collect_batches(workspace, settings)
    assert (found.failed, found.details) == (TEXTS, {"Enqueued token limit.": TEXTS})
    assert list(submit_batches([corpus], workspace, settings).requests.values()) == [TEXTS]


def test_a_refused_line_is_left_to_a_run(
    server: BatchServer, corpus: Path, settings: Settings
) -> None:
    workspace = Workspace(None)
    submit_batches([corpus], workspace, settings)
    server.fate = lambda line: "400" if "Mine 3 " in str(line) else "ok"
    server.finish()
    assert collect_batches(workspace, settings).refused == 1
    again = submit_batches([corpus], workspace, settings)
    assert (again.requests, again.refused) == ({}, 1)
    assert len(extract(corpus, workspace, settings).triples) == TEXTS
    assert len(server.bodies) == 1


def test_a_model_that_takes_no_temperature_is_asked_without(
    server: BatchServer, corpus: Path, settings: Settings
) -> None:
    workspace = Workspace(None)
    submit_batches([corpus], workspace, settings)
    server.fate = lambda line: "400 temperature" if "temperature" in line["body"] else "ok"
    server.finish()
    assert collect_batches(workspace, settings).refused == TEXTS
    assert list(submit_batches([corpus], workspace, settings).requests.values()) == [TEXTS]
    server.finish()
    assert collect_batches(workspace, settings).stored == TEXTS


def test_a_garbled_reply_leads_to_the_next_request(
    server: BatchServer, corpus: Path, settings: Settings
) -> None:
    workspace = Workspace(None)
    server.answer = lambda body: answer(body) if len(body["messages"]) > 2 else "Sure!"
    for _ in range(2):
        submit_batches([corpus], workspace, settings)
        server.finish()
        assert collect_batches(workspace, settings).stored == TEXTS
    assert submit_batches([corpus], workspace, settings).requests == {}
    assert len(extract(corpus, workspace, settings).triples) == TEXTS


SENTENCES = 5


@pytest.fixture
def by_sentence(corpus: Path, settings: Settings) -> Settings:
    """Settings under which a chunk takes a call for each of its five sentences."""
    for path in corpus.iterdir():
        told = [f"{path.stem} in camp {n} uses mercury in Ghana." for n in range(SENTENCES)]
        path.write_text(" ".join(f"Mine {sentence}" for sentence in told) + "\n")
    extract = settings.extract.model_copy(update={"window": "sentence"})
    return settings.model_copy(update={"extract": extract})


def test_all_calls_of_a_chunk_go_in_one_round(
    server: BatchServer, corpus: Path, by_sentence: Settings
) -> None:
    workspace = Workspace(None)
    calls = TEXTS * SENTENCES
    assert list(submit_batches([corpus], workspace, by_sentence).requests.values()) == [calls]
    server.finish()
    assert collect_batches(workspace, by_sentence).stored == calls
    assert submit_batches([corpus], workspace, by_sentence).requests == {}
    assert len(extract(corpus, workspace, by_sentence).triples) == calls
    assert server.bodies == []


def test_the_rest_of_a_chunk_that_is_partly_under_way_goes_in_one_round(
    server: BatchServer, corpus: Path, by_sentence: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first batch ends within the second chunk, and the second batch is refused.
    sent = SENTENCES + 2
    server.next_creations = ["", "refuse"]
    workspace = Workspace(None)
    with monkeypatch.context() as limit, pytest.raises(KgpipeError, match="refused"):
        limit.setattr(batch_mode, "split_lines", lambda lines: split_lines(lines, max_lines=sent))
        submit_batches([corpus], workspace, by_sentence)
    rest = TEXTS * SENTENCES - sent
    assert list(submit_batches([corpus], workspace, by_sentence).requests.values()) == [rest]
    assert submit_batches([corpus], workspace, by_sentence).requests == {}


def test_limits_make_several_batches(
    server: BatchServer, corpus: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_mode, "split_lines", lambda lines: split_lines(lines, max_lines=5))
    workspace = Workspace(None)
    assert list(submit_batches([corpus], workspace, settings).requests.values()) == [5, 5, 2]
    server.finish()
    assert collect_batches(workspace, settings).stored == TEXTS


@pytest.mark.parametrize("event", ["vanish", "refuse"])
def test_a_submission_that_was_broken_off_is_found_or_made_again(
    server: BatchServer,
    corpus: Path,
    settings: Settings,
    event: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_mode, "split_lines", lambda lines: split_lines(lines, max_lines=6))
    workspace = Workspace(None)
    server.next_creations = ["", event]
    with pytest.raises(KgpipeError, match=r"again|refused"):
        submit_batches([corpus], workspace, settings)
    submit_batches([corpus], workspace, settings)
    assert len(server.batches) == 2
    server.finish()
    assert collect_batches(workspace, settings).stored == TEXTS
    assert len(server.asked) == TEXTS


def test_only_openais_models_come_in_batches(corpus: Path) -> None:
    for model in ("embedded", "anthropic:some"):
        settings = Settings(extract=ExtractSettings(model=model))
        with pytest.raises(UsageError, match="Batch API"):
            submit_batches([corpus], Workspace(None), settings)


def test_the_judge_of_names_is_asked_in_batches_after_extraction(
    server: BatchServer, tmp_path: Path
) -> None:
    table = tmp_path / "facts.csv"
    table.write_text(
        "subject,predicate,object\ngold mining,harms,fish\ngold mining activities,harm,rivers\n"
    )
    server.answer = lambda body: '{"answer": "same"}'
    settings = Settings(dedupe=DedupeSettings(judge="openai:fake", base_url=server.base_url))
    workspace = Workspace(None)
    # A model must say so both ways round: what the first answer leads to is sent next.
    for _ in range(2):
        assert list(submit_batches([table], workspace, settings).requests.values()) == [1]
        server.finish()
        assert collect_batches(workspace, settings).stored == 1
    assert submit_batches([table], workspace, settings).requests == {}
    graph = build([table], workspace, settings, wire(settings, workspace), until="dedupe")
    assert [merge.reason for merge in graph.merges] == ["judged"]
    assert server.bodies == []


def test_a_missing_key_is_told(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings = Settings(extract=ExtractSettings(model="openai:some"))
    with pytest.raises(KgpipeError, match="OPENAI_API_KEY"):
        submit_batches([corpus], Workspace(None), settings)


@pytest.mark.parametrize("seed", range(3))
def test_any_mixture_of_fates_ends_with_every_chunk_done_and_paid_once(
    server: BatchServer, corpus: Path, settings: Settings, seed: int
) -> None:
    chance = random.Random(seed)
    workspace = Workspace(None)
    fates = ("ok", "lost", "garbled", "expired", "500", "429", "400")
    server.fate = lambda line: chance.choice(fates)
    for _ in range(30):
        if not submit_batches([corpus], workspace, settings).requests:
            break
        server.finish(chance.choice(("completed", "completed", "expired", "cancelled", "failed")))
        collect_batches(workspace, settings)
    assert len(extract(corpus, workspace, settings).triples) == TEXTS
    assert len(server.asked) + len(server.bodies) == TEXTS
