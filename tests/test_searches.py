from pathlib import Path

from kgpipe.calls import SearchHit, SearchReply
from kgpipe.searches import SearchArchive
from kgpipe.types import Passage
from kgpipe.workspace import Workspace

TEXT = Passage(
    id="p", source="https://a.example/", text="Peru exports gold.", url="https://a.example/"
)


def archive(folder: Path | None = None) -> SearchArchive:
    return SearchArchive(Workspace(folder).transaction)


def reply(query: str = "q", engine: str = "e:1", text: Passage = TEXT) -> SearchReply:
    hits = (
        SearchHit(url="https://a.example/", title="A", snippet="s", passage=text),
        SearchHit(url="https://b.example/", fault="robots_refused"),
    )
    return SearchReply(engine=engine, query=query, limit=5, searched_at="2026-01-01T00:00:00+00:00",
                       hits=hits)  # fmt: skip


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    archive(tmp_path).save(reply())
    again = archive(tmp_path)
    assert again.find("q", limit=5, engine="e:1") == again.find("q", limit=5) == reply()
    assert reply().passages == [TEXT]


def test_other_questions_have_no_reply() -> None:
    kept = archive()
    kept.save(reply())
    assert kept.find("other", limit=5) is None
    assert kept.find("q", limit=6) is None
    assert kept.find("q", limit=5, engine="e:2") is None


def test_the_first_reply_to_a_question_stays() -> None:
    kept = archive()
    kept.save(reply())
    digest = kept.digest()
    kept.save(reply(text=TEXT.model_copy(update={"text": "Other."})))
    assert kept.find("q", limit=5) == reply()
    assert kept.digest() == digest
    kept.save(reply("q2"))
    assert kept.digest() != digest


def test_without_an_engine_the_last_reply_is_found() -> None:
    kept = archive()
    kept.save(reply())
    kept.save(reply(engine="e:2"))
    found = kept.find("q", limit=5)
    assert found is not None
    assert found.engine == "e:2"


def test_a_text_is_stored_once_and_again_when_it_is_dated_anew(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    kept = SearchArchive(workspace.transaction)
    dated = TEXT.model_copy(update={"published": "2020-01-01"})
    kept.save(reply())
    kept.save(reply("q2"))
    kept.save(reply("q3", text=dated))
    with workspace.transaction() as database:
        rows = database.execute("SELECT sha256, url, read_at FROM found_texts").fetchall()
    assert len(rows) == 2
    assert len(rows[0][0]) == 64
    assert rows[0][1:] == ("https://a.example/", "2026-01-01T00:00:00+00:00")
    again = kept.find("q3", limit=5)
    assert again is not None
    assert again.passages == [dated]


def test_evidence_is_that_of_the_latest_run_and_no_reply() -> None:
    kept = archive()
    assert kept.evidence() == []
    other = TEXT.model_copy(update={"id": "o", "text": "\U0001f600 B"})
    kept.save_evidence([TEXT, other])
    kept.save_evidence([other, TEXT])
    assert kept.evidence() == [other, TEXT]
    assert kept.find("", limit=0) is None
