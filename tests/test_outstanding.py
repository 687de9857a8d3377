from pathlib import Path

import pytest

from kgpipe.calls import ChatReply
from kgpipe.outstanding import find_outstanding
from kgpipe.pipeline import build
from kgpipe.replies import StageReplies
from kgpipe.settings import DedupeSettings, ExtractSettings, Settings
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace

LLM = Settings(extract=ExtractSettings(model="openai:fake", base_url="http://127.0.0.1:9/v1"))
TEXTS = ("Mercury harms fish in the rivers.", "The council banned cyanide in 2019.")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for number, text in enumerate(TEXTS):
        (tmp_path / f"{number}.txt").write_text(text)
    return tmp_path


def test_only_requests_without_a_reply_are_outstanding(corpus: Path) -> None:
    workspace = Workspace(None)
    found = find_outstanding([corpus], workspace, LLM)
    assert (found.chunks, found.pending, len(found.requests)) == (2, 2, 2)
    asked = [request.messages[-1].content for request in found.requests.values()]
    assert all(text in passage for text, passage in zip(TEXTS, asked, strict=True))
    # They are due, and nothing was done about them.
    assert [(s.waiting, s.errors) for s in workspace.status() if s.stage == "extract"] == [(2, 0)]
    [first, second] = found.requests.items()
    store = StageReplies(workspace, "extract")
    store.save(*first, ChatReply(text='{"triples": []}'))
    assert list(find_outstanding([corpus], workspace, LLM).requests) == [second[0]]
    # A garbled reply leads to the next request.
    store.save(*second, ChatReply(text="no JSON"))
    [again] = find_outstanding([corpus], workspace, LLM).requests.values()
    assert len(again.messages) == 4


def test_the_embedded_model_asks_nobody(corpus: Path) -> None:
    found = find_outstanding([corpus], Workspace(None), Settings())
    assert (found.chunks, found.pending, found.requests) == (2, 2, {})


def test_what_the_judge_of_names_is_asked_is_known_after_extraction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    table = tmp_path / "facts.csv"
    table.write_text(
        "subject,predicate,object\ngold mining activities,harm,rivers\ngold mining,harms,fish\n"
    )
    (tmp_path / "a.txt").write_text(TEXTS[1])
    url = "http://127.0.0.1:9/v1"
    dedupe = DedupeSettings(judge="openai:fake", base_url=url, max_questions=7)
    chosen, workspace = Settings(dedupe=dedupe), Workspace(None)
    before = find_outstanding([tmp_path], workspace, chosen)
    assert (before.pending, before.comparisons, before.most_comparisons) == (1, {}, 14)
    build([tmp_path], workspace, Settings(), wire(Settings(), workspace), until="dedupe")
    found = find_outstanding([tmp_path], workspace, chosen)
    [(key, request)] = found.comparisons.items()
    assert (found.pending, found.most_comparisons) == (0, 2)
    assert "B stands in: gold mining activities harm rivers" in request.messages[-1].content
    store = StageReplies(workspace, "compare")
    store.save(key, request, ChatReply(text='{"answer": "same"}'))
    turned = find_outstanding([tmp_path], workspace, chosen)
    [(other, _)] = turned.comparisons.items()
    assert (other != key, turned.most_comparisons) == (True, 1)
    store.save(other, request, ChatReply(text='{"answer": "different"}'))
    done = find_outstanding([tmp_path], workspace, chosen)
    assert (done.comparisons, done.most_comparisons) == ({}, 0)
