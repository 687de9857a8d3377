from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

import kgpipe.pool
from kgpipe.assets import asset_path
from kgpipe.backends.fake import (
    FakeChatModel,
    FakeEmbedder,
    FakeExtractor,
    FakeJudge,
    FakeSearch,
)
from kgpipe.errors import ItemError, KgpipeError, ServiceError, UsageError
from kgpipe.ids import content_id
from kgpipe.pages import RawPage
from kgpipe.pipeline import VERSIONS, Ports, Until, build, load_graph
from kgpipe.pool import Outcome
from kgpipe.ports import Port
from kgpipe.settings import DedupeSettings, ExtractSettings, Settings, VerifySettings
from kgpipe.types import Candidate, Chunk, Graph, Passage, Retrieved
from kgpipe.verify.fitted_ports import FittedPorts
from kgpipe.verify.model_file import DEFAULT
from kgpipe.workspace import Workspace

TEXTS = {
    "clinic.txt": "Mercury causes tremor. Doctors at the clinic saw forty patients last year.",
    "report.txt": "Mercury causes tremor. Tailings contains cyanide. Nobody measured the river.",
    "mill.txt": "Ball mills uses electricity. Owners said that they had bought three of them.",
}
REFUTATION = "Tailings were sampled twice and cyanide was not found in any of the samples."


class NoReader:
    """There is no PDF in these tests."""

    def read_pages(self, path: Path) -> list[RawPage]:
        raise AssertionError(path)


class Fakes:
    """Fake ports that count their calls; `fault` is asked before each chunk and each claim."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.fault: Callable[[str], ItemError | None] = lambda text: None

    def count(self, port: str, text: str) -> None:
        self.calls[port] += 1
        if error := self.fault(text):
            raise error

    def ports(self) -> Ports:
        fakes = self

        class Extractor(FakeExtractor):
            def extract(self, chunk: Chunk) -> list[Candidate]:
                fakes.count("extract", chunk.text)
                return super().extract(chunk)

        class Embedder(FakeEmbedder):
            def embed(self, texts: Sequence[str]) -> Any:
                fakes.calls["embed"] += 1
                return super().embed(texts)

        class Search(FakeSearch):
            def search(self, query: str, *, limit: int) -> list[Passage]:
                fakes.calls["search"] += 1
                return super().search(query, limit=limit)

        class Judge(FakeJudge):
            def judge(self, retrieved: Retrieved) -> list[Any]:
                fakes.count("judge", retrieved.claim.object)
                return super().judge(retrieved)

        def search(passages: Sequence[Passage]) -> Port[Search]:
            digest = content_id("index", [passage.model_dump() for passage in passages])
            return Port(digest, lambda: Search(passages))

        return Ports(
            reader=Port("fake:reader", NoReader),
            extractor=Port("fake:extractor", Extractor),
            embedder=Port("fake:embedder", Embedder),
            search=search,
            judge=Port("fake:judge", Judge),
        )


@pytest.fixture(autouse=True)
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: test_pool.py starts real workers."""

    def run_here(
        task: kgpipe.pool._Task, pending: Mapping[str, Any], workers: int
    ) -> Iterator[Outcome]:
        task.start()
        for key, item in pending.items():
            yield task.attempt(key, item)

    monkeypatch.setattr(kgpipe.pool, "_run_processes", run_here)


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "in", TEXTS)


def write(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def with_evidence(folder: Path) -> Settings:
    return Settings(verify=VerifySettings(evidence=(str(folder),)))


def facts(graph: Graph) -> set[str]:
    return {f"{claim.subject} {claim.predicate} {claim.object}" for claim in graph.claims}


def labels(graph: Graph) -> dict[str, str]:
    verdicts = {verdict.claim_id: verdict.label for verdict in graph.verdicts}
    return {claim.object: verdicts[claim.id] for claim in graph.claims if claim.id in verdicts}


def stages(workspace: Workspace) -> list[str]:
    return [status.stage for status in workspace.status()]


def test_the_whole_flow(folder: Path, tmp_path: Path, fakes: Fakes) -> None:
    settings = with_evidence(write(tmp_path / "evidence", {"lab.txt": REFUTATION}))
    (folder / "other.csv").write_text("subject,predicate,object\nGhana,exports,gold\n")
    workspace = Workspace(tmp_path / "w")
    graph = build([folder], workspace, settings, fakes.ports())
    assert [one.source for one in graph.documents] == [
        "in/clinic.txt", "in/mill.txt", "in/other.csv", "in/report.txt",
    ]  # fmt: skip
    assert facts(graph) == {
        "Mercury cause tremor", "Tailings contain cyanide", "Ball mills use electricity",
        "Ghana export gold",
    }  # fmt: skip
    # Two documents bear each other out, the laboratory contradicts, the rest has no evidence.
    assert labels(graph) == {
        "tremor": "supported", "cyanide": "refuted", "electricity": "unclear", "gold": "unclear",
    }  # fmt: skip
    texts = {document.id: document.text for document in graph.documents}
    for triple in graph.triples:
        if triple.imported:
            assert (triple.evidence, triple.object) == (None, "gold")
        else:
            assert triple.evidence is not None
            span = triple.evidence.span
            assert texts[span.document_id][span.start : span.end] == triple.evidence.quote
    assert graph == load_graph(workspace)
    assert graph.rejections == ()


@pytest.mark.parametrize("until", get_args(Until))
def test_until(folder: Path, fakes: Fakes, until: Until) -> None:
    workspace = Workspace(None)
    graph = build([folder], workspace, Settings(), fakes.ports(), until=until)
    ran = stages(workspace)
    wanted = ["read", "chunk", "extract", "dedupe", "retrieve", "verify"]
    last = {"corpus": "chunk", "review": "verify"}.get(until, until)
    assert ran == wanted[: wanted.index(last) + 1]
    assert (bool(graph.triples), bool(graph.claims), bool(graph.verdicts)) == (
        "extract" in ran, "dedupe" in ran, "verify" in ran,
    )  # fmt: skip


def test_an_earlier_stop_forgets_nothing_that_was_paid_for(folder: Path, fakes: Fakes) -> None:
    workspace = Workspace(None)
    whole = build([folder], workspace, Settings(), fakes.ports())
    fakes.calls.clear()
    stopped = build([folder], workspace, Settings(), fakes.ports(), until="extract")
    assert (stopped.triples, stopped.claims, stopped.verdicts) == (whole.triples, (), ())
    assert build([folder], workspace, Settings(), fakes.ports()) == whole
    assert fakes.calls == {}


def test_an_unchanged_build_calls_no_port(folder: Path, tmp_path: Path, fakes: Fakes) -> None:
    first = build([folder], Workspace(tmp_path / "w"), Settings(), fakes.ports())
    assert set(fakes.calls) == {"extract", "embed", "search", "judge"}
    fakes.calls.clear()
    second = build([folder], Workspace(tmp_path / "w"), Settings(), fakes.ports())
    assert fakes.calls == {}
    assert second == first


def test_a_new_document_costs_its_own_chunks_only(folder: Path, fakes: Fakes) -> None:
    workspace = Workspace(None)
    build([folder], workspace, Settings(), fakes.ports())
    fakes.calls.clear()
    write(folder, {"new.txt": "Retorts uses charcoal. They were handed out in the village."})
    graph = build([folder], workspace, Settings(), fakes.ports())
    assert "Retorts use charcoal" in facts(graph)
    # The other three claims are judged on the same passages as before.
    assert (fakes.calls["extract"], fakes.calls["judge"]) == (1, 1)


def test_a_removed_document_takes_its_own_evidence_only(folder: Path, fakes: Fakes) -> None:
    workspace = Workspace(None)
    before = build([folder], workspace, Settings(), fakes.ports())
    (folder / "report.txt").unlink()
    after = build([folder], workspace, Settings(), fakes.ports())
    # Tremor stands in the clinic's text too; cyanide has lost its last support.
    assert facts(before) - facts(after) == {"Tailings contain cyanide"}
    [tremor] = [claim for claim in after.claims if claim.object == "tremor"]
    [clinic] = [one.id for one in after.documents if one.source == "in/clinic.txt"]
    assert (tremor.documents, len(tremor.support)) == ((clinic,), 1)
    assert tremor.id in {claim.id for claim in before.claims}
    assert set(after.triples) < set(before.triples)
    assert labels(after) == {"tremor": "unclear", "electricity": "unclear"}
    (folder / "clinic.txt").unlink()
    assert facts(build([folder], workspace, Settings(), fakes.ports())) == {
        "Ball mills use electricity"
    }


def test_new_evidence_redoes_only_the_claims_that_it_touches(
    folder: Path, tmp_path: Path, fakes: Fakes
) -> None:
    settings = with_evidence(write(tmp_path / "evidence", {"a.txt": "Weather was fine in May."}))
    workspace = Workspace(None)
    assert labels(build([folder], workspace, settings, fakes.ports()))["cyanide"] == "unclear"
    fakes.calls.clear()
    write(tmp_path / "evidence", {"lab.txt": REFUTATION})
    graph = build([folder], workspace, settings, fakes.ports())
    assert labels(graph)["cyanide"] == "refuted"
    assert (fakes.calls["judge"], fakes.calls["extract"], fakes.calls["embed"]) == (1, 0, 0)


def test_the_place_of_the_evidence_does_not_matter(
    folder: Path, tmp_path: Path, fakes: Fakes
) -> None:
    workspace = Workspace(None)
    settings = with_evidence(write(tmp_path / "evidence", {"lab.txt": REFUTATION}))
    build([folder], workspace, settings, fakes.ports())
    fakes.calls.clear()
    (tmp_path / "elsewhere").mkdir()
    moved = (tmp_path / "evidence").rename(tmp_path / "elsewhere" / "evidence")
    build([folder], workspace, with_evidence(moved), fakes.ports())
    assert fakes.calls == {}


def refuse(*words: str, error: type[ItemError] = ItemError) -> Callable[[str], ItemError | None]:
    def fault(text: str) -> ItemError | None:
        hit = any(word in text for word in words)
        return error("beyond_me", "Use another extractor.") if hit else None

    return fault


def test_a_rejected_chunk_is_counted_and_the_rest_goes_on(folder: Path, fakes: Fakes) -> None:
    fakes.fault = refuse("Ball", "clinic")
    workspace = Workspace(None)
    graph = build([folder], workspace, Settings(), fakes.ports())
    assert facts(graph) == {"Mercury cause tremor", "Tailings contain cyanide"}
    assert [(r.stage, r.item, r.reason, r.state) for r in graph.rejections] == [
        ("extract", "in/clinic.txt, offset 0", "beyond_me", "rejected"),
        ("extract", "in/mill.txt, offset 0", "beyond_me", "rejected"),
    ]


@pytest.mark.parametrize(("rate", "stops"), [(0.0, True), (0.5, True), (0.67, False)])
def test_max_reject_rate(folder: Path, fakes: Fakes, rate: float, stops: bool) -> None:
    fakes.fault = refuse("Ball", "clinic")
    settings = Settings(extract=ExtractSettings(max_reject_rate=rate))
    if not stops:
        assert build([folder], Workspace(None), settings, fakes.ports()).claims
        return
    with pytest.raises(KgpipeError, match=r"2 of 3 items failed.*beyond_me.*Use another extractor"):
        build([folder], Workspace(None), settings, fakes.ports())


def test_max_reject_rate_names_what_befell_chunks_not_candidates(
    folder: Path, fakes: Fakes
) -> None:
    # Three candidates of one chunk fail, for another reason than the one chunk that is refused.
    write(
        folder, {"same.txt": "Gold is gold. Tin is tin. Iron is iron. Nothing else is said here."}
    )
    fakes.fault = refuse("Ball")
    settings = Settings(extract=ExtractSettings(max_reject_rate=0.1))
    with pytest.raises(KgpipeError, match="1 of 4 items failed, most with beyond_me"):
        build([folder], Workspace(None), settings, fakes.ports())


def test_a_failing_service_stops_the_run_and_a_later_one_finishes_it(
    folder: Path, tmp_path: Path, fakes: Fakes
) -> None:
    workspace = Workspace(tmp_path / "w")
    fakes.fault = refuse("", error=ServiceError)
    with pytest.raises(KgpipeError, match=r"3 of 3 items failed.*run the same command again"):
        build([folder], workspace, Settings(), fakes.ports())
    assert {status.stage: status.errors for status in workspace.status()}["extract"] == 3
    fakes.fault = lambda text: None
    graph = build([folder], Workspace(tmp_path / "w"), Settings(), fakes.ports())
    assert len(graph.claims) == 3
    assert graph.rejections == ()


def test_a_failed_judge_is_an_error_state_and_never_a_label(folder: Path, fakes: Fakes) -> None:
    workspace = Workspace(None)
    # Extract first: the fault would hit the chunk as well.
    build([folder], workspace, Settings(), fakes.ports(), until="dedupe")
    fakes.fault = refuse("cyanide", error=ServiceError)
    graph = build([folder], workspace, Settings(), fakes.ports())
    assert set(labels(graph)) == {"tremor", "electricity"}
    [rejection] = graph.rejections
    [claim] = [claim.id for claim in graph.claims if claim.object == "cyanide"]
    assert (rejection.stage, rejection.item, rejection.state) == ("verify", claim, "error")
    fakes.fault = lambda text: None
    fakes.calls.clear()
    mended = build([folder], workspace, Settings(), fakes.ports())
    assert set(labels(mended)) == {"tremor", "electricity", "cyanide"}
    assert fakes.calls == {"judge": 1}


def test_limit(folder: Path, fakes: Fakes) -> None:
    graph = build([folder], Workspace(None), Settings(), fakes.ports(), limit=2)
    assert [one.source for one in graph.documents] == ["in/clinic.txt", "in/mill.txt"]


def test_nothing_usable(tmp_path: Path, fakes: Fakes) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(KgpipeError) as empty:
        build([tmp_path / "in"], Workspace(None), Settings(), fakes.ports())
    expected = f"Nothing usable in {tmp_path / 'in'}: no file ends in .pdf, .md, .txt, .csv."
    assert str(empty.value) == expected
    write(tmp_path / "in", {"a.txt": "", "b.docx": "?"})
    with pytest.raises(KgpipeError) as unusable:
        build([tmp_path / "in"], Workspace(None), Settings(), fakes.ports())
    assert str(unusable.value) == (
        f"Nothing usable in {tmp_path / 'in'}: 2 rejected, the first, in/a.txt: "
        "The file has 0 bytes. Get a complete copy."
    )


def test_a_workspace_in_the_input_folder_does_not_feed_on_itself(
    folder: Path, fakes: Fakes
) -> None:
    workspace = Workspace(folder / "w")
    (folder / "w" / "review.csv").write_text("subject,predicate,object\nGhana,exports,gold\n")
    graph = build([folder], workspace, Settings(), fakes.ports())
    assert [one.source for one in graph.documents] == [f"in/{name}" for name in sorted(TEXTS)]
    assert graph.rejections == ()
    # Inputs inside the workspace are the user's own decision.
    inside = write(folder / "w" / "texts", TEXTS)
    assert len(build([inside], workspace, Settings(), fakes.ports()).documents) == 3
    with pytest.raises(UsageError, match="choose a workspace folder of its own"):
        build([folder / "w"], workspace, Settings(), fakes.ports())


def test_every_stage_has_a_version(folder: Path, tmp_path: Path, fakes: Fakes) -> None:
    settings = with_evidence(write(tmp_path / "evidence", {"lab.txt": REFUTATION}))
    # The fitted model knows spouses.
    rows = "Ghana,exports,gold\nAda Unknown,spouse,Bo Unknown\ngold mining,harms,mining of tin\n"
    (folder / "other.csv").write_text(f"subject,predicate,object\n{rows}")
    (folder / "table.md").write_text("| Country | Mines |\n|---|---|\n| Ghana | 53 |\n")
    workspace = Workspace(None)
    chat = Port("fake:chat", lambda: FakeChatModel(lambda request: ""))
    settings = settings.model_copy(update={"dedupe": DedupeSettings(judge_from=0)})
    ports = replace(fakes.ports(), verbaliser=chat, name_judge=chat)
    fusion = FittedPorts(asset_path(DEFAULT), ports.embedder)
    build([folder], workspace, settings, replace(ports, fusion=fusion))
    assert sorted(stages(workspace)) == sorted(VERSIONS)
    build([folder], workspace, Settings(), fakes.ports())
    # What this run did not do is no longer part of the state.
    gone = {"evidence", "grey", "compare", "verbalise", "gather"}
    assert not gone & set(stages(workspace))


def test_a_model_puts_claims_into_words_and_the_graph_stays_as_it_is(
    folder: Path, fakes: Fakes
) -> None:
    said = "Mercury is a thing that causes tremor."
    chat = FakeChatModel(lambda request: f'{{"sentence": "{said}"}}')
    workspace, plain = Workspace(None), Workspace(None)
    verbaliser = Port("fake:chat", lambda: chat)
    graph = build([folder], workspace, Settings(), replace(fakes.ports(), verbaliser=verbaliser))
    assert graph.claims == build([folder], plain, Settings(), fakes.ports()).claims
    assert len(chat.requests) == len(graph.claims)
    found = {
        one.claim.object: (one.claim.sentence, one.trace[0].subject)
        for one in workspace.current("retrieve", Retrieved)
    }
    assert found["tremor"] == (said, said)
    assert found["cyanide"] == ("", "Tailings contain cyanide")
    # What the model made of the others is counted, and no claim is lost.
    assert {r.reason for r in graph.rejections} == {"end_missing"}
    assert len(graph.verdicts) == len(graph.claims)


def test_inner_rejections_are_part_of_the_graph(folder: Path, fakes: Fakes) -> None:
    write(folder, {"same.txt": "Gold is gold. The assay office closed at five every afternoon."})
    graph = build([folder], Workspace(None), Settings(), fakes.ports(), until="extract")
    assert [(r.stage, r.reason) for r in graph.rejections] == [("extract", "subject_equals_object")]
