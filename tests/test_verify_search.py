"""Verification from end to end: the web, replays, resumption, and language models as judges."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgpipe.backends import search_web
from kgpipe.backends.guarded_http import GuardedHttp, Limits
from kgpipe.errors import KgpipeError, ServiceError
from kgpipe.fitting import fit_file
from kgpipe.settings import Settings, VerifySettings
from kgpipe.standalone import verify_file
from kgpipe.workspace import Workspace
from tests.backends.web_site import Answer, WebSite
from tests.cli.calls import read_lines, spawn, write_lines
from tests.openai_server import OpenAiServer, Step
from tests.verify.made_facts import make_facts

CLAIM = {"id": "c1", "subject": "Peru", "predicate": "prohibits", "object": "mercury"}
YES = "Peru prohibits mercury in the mines of Madre de Dios, the ministry has said. "
AGAIN = "By decree Peru prohibits mercury and its trade since last year, newspapers write. "


class Engine:
    """DuckDuckGo, as long as it is up."""

    def __init__(self, *urls: str) -> None:
        self.urls = urls
        self.up = True
        self.queries: list[str] = []

    def __call__(self, query: str, limit: int) -> list[dict[str, str]]:
        self.queries.append(query)
        if not self.up:
            raise ServiceError("search_failed", "no network")
        return [{"href": url, "title": "T", "body": "B"} for url in self.urls]


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        kind = {"Content-Type": "text/plain"}
        site.pages = {"/a": Answer(YES.encode(), headers=kind),
                      "/b": Answer(AGAIN.encode(), headers=kind)}  # fmt: skip
        yield site


@pytest.fixture
def engine(site: WebSite, monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(f"{site.url}/a", f"{site.url}/b")
    http = GuardedHttp(Limits(10**6, seconds=10), allowed=frozenset({"127.0.0.1"}))
    monkeypatch.setattr(search_web, "list_duckduckgo", engine)
    monkeypatch.setattr(search_web, "build_http", lambda: http)
    # Two seconds, four times over, are for the real one.
    monkeypatch.setattr("kgpipe.backends.search_web.time.sleep", lambda seconds: None)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
    return engine


def verify(tmp_path: Path, out: str, *claims: dict[str, Any], **options: Any) -> bytes:
    source = write_lines(tmp_path / "claims.jsonl", *(claims or (CLAIM,)))
    settings = Settings(verify=VerifySettings.model_validate(options))
    workspace = Workspace(tmp_path / "w")
    verify_file(source, tmp_path / out, settings, workspace)
    workspace.close()
    return (tmp_path / out).read_bytes()


def test_a_verdict_of_the_web_is_replayed_byte_for_byte(
    tmp_path: Path, engine: Engine, site: WebSite
) -> None:
    first = verify(tmp_path, "web.jsonl", search="duckduckgo")
    [row] = read_lines(tmp_path / "web.jsonl")
    assert (row["label"], row["status"]) == ("supported", "ok")
    assert {place["source"] for place in row["evidence"]} == {f"{site.url}/a", f"{site.url}/b"}
    taken = [step["action"] for step in row["trace"] if step["action"] != "search"]
    assert taken == ["search_web", "weigh", "weigh", "stop"]
    asked = list(engine.queries)
    engine.up, site.pages = False, {}
    assert verify(tmp_path, "replay.jsonl", search="replay") == first
    assert verify(tmp_path, "again.jsonl", search="duckduckgo") == first
    assert engine.queries == asked


def test_the_web_is_searched_for_what_the_evidence_leaves_open(
    tmp_path: Path, engine: Engine
) -> None:
    (tmp_path / "near.txt").write_text(AGAIN + "\n\nPeru prohibits mercury, said two others.")
    (tmp_path / "far.txt").write_text("In Lima the council said: Peru prohibits mercury in mines.")
    both = [str(tmp_path / "near.txt"), str(tmp_path / "far.txt")]
    verify(tmp_path, "near.jsonl", search="duckduckgo", evidence=both)
    assert engine.queries == []
    first = verify(tmp_path, "one.jsonl", search="duckduckgo", evidence=both[:1])
    assert len(engine.queries) == 1
    (tmp_path / "near.txt").unlink()
    assert verify(tmp_path, "replay.jsonl", search="replay") == first


def test_a_local_verdict_is_replayed_without_the_users_files(tmp_path: Path) -> None:
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "a.md").write_text(f"# Laws\n\n{YES}")
    page = {"id": "p", "text": AGAIN, "claim_id": "c1", "published": "2020-01-01"}
    given = write_lines(tmp_path / "e" / "pages.jsonl", page)
    evidence = [str(tmp_path / "e"), str(given)]
    first = verify(tmp_path, "local.jsonl", evidence=evidence)
    assert json.loads(first)["label"] == "supported"
    shutil.rmtree(tmp_path / "e")
    assert verify(tmp_path, "replay.jsonl", search="replay") == first


def test_a_search_that_is_down_is_an_error_and_the_run_resumes(
    tmp_path: Path, engine: Engine
) -> None:
    engine.up = False
    with pytest.raises(KgpipeError, match="Every search or judgement failed"):
        verify(tmp_path, "out.jsonl", search="duckduckgo")
    [row] = read_lines(tmp_path / "out.jsonl")
    assert (row["label"], row["status"], row["reason"]) == ("unclear", "error", "search_failed")
    engine.up = True
    verify(tmp_path, "out.jsonl", search="duckduckgo")
    [row] = read_lines(tmp_path / "out.jsonl")
    assert (row["label"], row["status"]) == ("supported", "ok")


def test_a_replay_of_what_was_not_searched_is_an_error(tmp_path: Path, engine: Engine) -> None:
    verify(tmp_path, "out.jsonl", search="duckduckgo")
    other = {**CLAIM, "id": "c2", "object": "dredges"}
    with pytest.raises(KgpipeError, match="no reply to"):
        verify(tmp_path, "replay.jsonl", other, search="replay")
    [row] = read_lines(tmp_path / "replay.jsonl")
    assert (row["status"], row["reason"]) == ("error", "not_recorded")


def test_an_empty_workspace_has_nothing_to_replay(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="Nothing usable as evidence in the workspace"):
        verify(tmp_path, "out.jsonl", search="replay")


def test_blocked_domains_are_not_even_read(tmp_path: Path, engine: Engine, site: WebSite) -> None:
    blocked = tmp_path / "blocked.txt"
    blocked.write_text("news.example\n")
    engine.urls = ("https://www.news.example/a", f"{site.url}/b")
    verify(tmp_path, "out.jsonl", search="duckduckgo", blocklist=str(blocked))
    [row] = read_lines(tmp_path / "out.jsonl")
    assert [place["source"] for place in row["evidence"]] == [f"{site.url}/b"]


# ---------------------------------------------------------------- language models


def answer(body: dict[str, Any]) -> str:
    if "response_format" in body:
        return json.dumps({"stance": "support", "quote": YES.strip()})
    return "True"


def test_a_model_judges_by_quotes_and_is_asked_once(tmp_path: Path) -> None:
    claims = write_lines(tmp_path / "claims.jsonl", CLAIM)
    (tmp_path / "a.txt").write_text(YES)
    (tmp_path / "b.txt").write_text("Peru and mercury are words of another text altogether.")
    out = tmp_path / "out.jsonl"
    tokens = {"True": -0.05, "False": -3.0}
    with OpenAiServer(answer, first_token=tokens) as server:
        options = ("--evidence", tmp_path / "a.txt", "--evidence", tmp_path / "b.txt",
                   "--judge", "openai:fake", "--base-url", server.base_url)  # fmt: skip
        done = spawn("verify", claims, out, *options, "--json")
        assert done.code == 0, done.err
        [row] = read_lines(out)
        votes = {vote["source"]: vote for vote in row["votes"]}
        assert votes["a.txt"]["stance"] == "support"
        assert votes["a.txt"]["log_odds"] == 2.9
        assert votes["a.txt"]["quote"] == YES.strip()
        assert votes["b.txt"]["reason"] == "quote_not_found"
        assert row["label"] == "supported"
        assert [prior["probability"] for prior in row["priors"]] == [0.9503]
        assert row["trace"][-1]["subject"] == "all_judged"
        asked = len(server.bodies)
        # Two stances, one weighed, one belief.
        assert asked == 4
        first = out.read_bytes()
        assert spawn("verify", claims, out, *options).code == 0
        assert (len(server.bodies), out.read_bytes()) == (asked, first)
        panel = (*options, "--judge", "embedded", "-w", tmp_path / "panel")
        assert spawn("verify", claims, out, *panel).code == 0
        [row] = read_lines(out)
        assert len({vote["judge"] for vote in row["members"]}) == 2


# ---------------------------------------------------------------- claims in a model's words

MINED = {"id": "m", "subject": "Peru", "predicate": "mines", "object": "gold"}
BORN = {"id": "b", "subject": "Ana", "predicate": "birthPlace", "object": "Lima"}
OWN = {**MINED, "id": "o", "sentence": "They mine gold in Peru."}
BLANK = {**MINED, "id": "n", "subject": "_:b0"}
SAID = {"gold": "Gold is mined in Peru.", "mercury": "Peru and Chile prohibit mercury."}


def say(body: dict[str, Any]) -> str:
    asked = body["messages"][-1]["content"]
    return json.dumps({"sentence": next(SAID[word] for word in SAID if word in asked)})


def first_queries(out: Path) -> dict[str, str]:
    """The first query of each claim that was searched for."""
    found = {row["id"]: row["trace"][0] for row in read_lines(out)}
    return {id_: step["subject"] for id_, step in found.items() if step["action"] == "search"}


def test_claims_without_a_sentence_are_put_into_words_once(tmp_path: Path) -> None:
    claims = write_lines(tmp_path / "claims.jsonl", CLAIM, MINED, BORN, OWN, BLANK)
    (tmp_path / "a.txt").write_text(YES)
    out = tmp_path / "out.jsonl"
    with OpenAiServer(say) as server:
        options = ("--evidence", tmp_path / "a.txt", "--verbalise", "openai:fake",
                   "--base-url", server.base_url, "--json")  # fmt: skip
        done = spawn("verify", claims, out, *options)
        assert done.code == 0, done.err
        assert first_queries(out) == {
            "m": SAID["gold"], "b": "Ana was born in Lima", "o": OWN["sentence"],
            # What the model made of it names Chile.
            "c1": "Peru prohibits mercury",
        }  # fmt: skip
        assert {row["id"]: row["label"] for row in read_lines(out)}["c1"] == "supported"
        assert done.json["rejected"] == {"name_added": 1}
        [rejected] = read_lines(Path(f"{out}.rejections.jsonl"))
        assert (rejected["stage"], rejected["item"]) == ("verbalise", "c1")
        assert "Chile" in rejected["detail"]
        assert len(server.bodies) == 2
        first = out.read_bytes()
        # What was paid for is kept beside the output.
        assert spawn("verify", claims, out, *options).code == 0
        assert (len(server.bodies), out.read_bytes()) == (2, first)
        work = tmp_path / "out.jsonl.workspace"
        assert spawn("verify", claims, out, *options[:2], "-w", work, "--json").code == 0
    assert first_queries(out)["m"] == "Peru mines gold"
    assert not Path(f"{out}.rejections.jsonl").exists()


def test_without_the_service_a_claim_keeps_its_parts_and_is_asked_about_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kgpipe.backends import chat

    monkeypatch.setattr(chat, "build_retrying", _never_again)
    (tmp_path / "a.txt").write_text(YES)
    with OpenAiServer(say, steps=[Step(status=500)]) as server:
        options: dict[str, Any] = {
            "evidence": [str(tmp_path / "a.txt")], "base_url": server.base_url,
            "verbalise": "openai:fake",
        }  # fmt: skip
        for query in ("Peru mines gold", SAID["gold"]):
            verify(tmp_path, "out.jsonl", MINED, **options)
            assert first_queries(tmp_path / "out.jsonl") == {"m": query}
            [row] = read_lines(tmp_path / "out.jsonl")
            assert row["status"] == "ok"
            beside = tmp_path / "out.jsonl.rejections.jsonl"
            assert beside.exists() == (query == "Peru mines gold")
    assert len(server.bodies) == 2


def test_das_takes_the_majority_of_pages(tmp_path: Path) -> None:
    claims = write_lines(tmp_path / "claims.jsonl", CLAIM)
    (tmp_path / "a.txt").write_text(YES)
    row_ = "|Peru|prohibits|mercury|No|because|"
    with OpenAiServer(lambda body: row_) as server:
        done = spawn("verify", claims, tmp_path / "out.jsonl", "--evidence", tmp_path / "a.txt",
                     "--judge", "das:openai:fake", "--base-url", server.base_url)  # fmt: skip
    assert done.code == 0, done.err
    [row] = read_lines(tmp_path / "out.jsonl")
    assert (row["label"], row["reason"]) == ("refuted", "das_0_of_1")


def test_a_server_that_is_down_is_an_error_not_a_label(tmp_path: Path) -> None:
    claims = write_lines(tmp_path / "claims.jsonl", CLAIM)
    (tmp_path / "a.txt").write_text(YES)
    config = tmp_path / "kgpipe.toml"
    config.write_text("[extract]\ntimeout_seconds = 1\n")
    with OpenAiServer(answer) as server:
        url = server.base_url
    settings = Settings(verify=VerifySettings.model_validate(
        {"judge": "openai:fake", "base_url": url, "evidence": [str(tmp_path / "a.txt")]}
    ))  # fmt: skip
    from kgpipe.backends import chat

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chat, "build_retrying", _never_again)
        with pytest.raises(KgpipeError, match="Every search or judgement failed"):
            verify_file(claims, tmp_path / "out.jsonl", settings, Workspace(None))
    [row] = read_lines(tmp_path / "out.jsonl")
    assert (row["label"], row["status"], row["reason"]) == ("unclear", "error", "connection")


def _never_again(**_: Any) -> Any:
    import tenacity

    return tenacity.Retrying(stop=tenacity.stop_after_attempt(1), reraise=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--search", "replay"), "name it with -w"),
        ((), "at least one --evidence"),
        (("--search", "replay", "-w", "none"), "not a kgpipe workspace"),
    ],
)
def test_wrong_usage_is_told_what_to_do(
    options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    claims = write_lines(tmp_path / "claims.jsonl", CLAIM)
    done = spawn("verify", claims, tmp_path / "out.jsonl", *options, cwd=tmp_path)
    assert done.code == 2
    assert message in done.err


def test_pages_of_the_web_teach_a_model_too(
    tmp_path: Path, engine: Engine, site: WebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = make_facts(110)
    kind = {"Content-Type": "text/plain"}
    pages = {page.source: page.text for fact in facts for page in fact.pages}
    site.pages = {f"/{name}": Answer(text.encode(), headers=kind) for name, text in pages.items()}

    def find(query: str, limit: int) -> list[dict[str, str]]:
        sources = [page.source for fact in facts if fact.statement.subjects[0] in query
                   for page in fact.pages]  # fmt: skip
        return [{"href": f"{site.url}/{name}", "title": "T", "body": "B"} for name in sources]

    monkeypatch.setattr(search_web, "list_duckduckgo", find)
    claims = write_lines(
        tmp_path / "claims.jsonl",
        *(
            {"id": fact.id, "subject": fact.statement.subjects[0],
             "predicate": fact.statement.predicate, "object": fact.statement.objects[0]}
            for fact in facts
        ),
    )  # fmt: skip
    labels = tmp_path / "labels.csv"
    given = [f"{fact.id},{'supported' if fact.true else 'refuted'}" for fact in facts]
    labels.write_text("\n".join(["id,label", *given]) + "\n")
    settings = Settings(verify=VerifySettings(search="duckduckgo"))
    workspace = Workspace(tmp_path / "w", create=True)
    summary = fit_file(claims, labels, tmp_path / "model.json", settings, workspace)
    # Nothing but the web told anything.
    assert summary["held_out_by_subject"]["auc"] > 0.85
    verify_with = settings.verify.model_copy(update={"fusion": str(tmp_path / "model.json")})
    settings = settings.model_copy(update={"verify": verify_with})
    verify_file(claims, tmp_path / "out.jsonl", settings, workspace)
    rows = read_lines(tmp_path / "out.jsonl")
    assert sum(row["calibrated"] for row in rows) > 95
