import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import SH, Dataset, Graph

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.publish.formats import publish_graph
from kgpipe.publish.rdf import write_rdf
from kgpipe.publish.shapes import REPORT, SHIPPED, publish_valid, validate_rdf
from kgpipe.publish.shapes_check import read_shapes
from kgpipe.publish.shapes_report import ShapesReport
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph as Published
from tests.publish.graphs import sample_graph, synthetic_graph
from tests.publish.links import sample_links

SETTINGS = PublishSettings()
BASE = SETTINGS.base_iri
PREFIXES = (
    f"@prefix class: <{BASE}class/> .\n@prefix term: <{BASE}term/> .\n"
    "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    "@prefix prov: <http://www.w3.org/ns/prov#> .\n"
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
)
Lines = list[str]


def write(graph: Published, folder: Path) -> Path:
    return write_rdf(graph, folder, settings=SETTINGS)[2]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    path = write(sample_graph(), tmp_path_factory.mktemp("rdf"))
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def save(lines: Lines, folder: Path) -> Path:
    path = folder / "changed.nq"
    path.write_text("".join(sorted(lines)), encoding="utf-8")
    return path


def check(path: Path, **options: object) -> ShapesReport:
    return validate_rdf(path, base_iri=BASE, **{"workers": 1, **options})  # type: ignore[arg-type]


def check_at_once(path: Path, *extra: Path) -> set[tuple[str, str]]:
    """Focus nodes and components of pyshacl's own call over the whole graph."""
    from pyshacl import validate

    data = Dataset(default_union=True).parse(path, format="nquads")
    shapes = read_shapes((asset_path(SHIPPED), *extra), base_iri=BASE)
    _, report, _ = validate(data, shacl_graph=shapes)
    assert isinstance(report, Graph)
    return {
        (report.value(one, SH.focusNode).n3(),  # type: ignore[union-attr]
         str(report.value(one, SH.sourceConstraintComponent)).removeprefix(str(SH)))
        for one in report.objects(None, SH.result)
    }  # fmt: skip


def found(report: ShapesReport) -> set[tuple[str, str]]:
    return {(one.focus, one.component) for kind in report.kinds for one in kind.examples}


def without(pattern: str) -> Callable[[Lines], Lines]:
    """Leave out the first triple that matches, from whatever graphs have it."""

    def change(lines: Lines) -> Lines:
        [chosen, *_] = [line for line in lines if re.search(pattern, line)]
        triple = chosen[: chosen.rindex(" <")]
        return [line for line in lines if not line.startswith(triple)]

    return change


def instead(pattern: str, text: str) -> Callable[[Lines], Lines]:
    """Replace what matches in the first line that has it."""

    def change(lines: Lines) -> Lines:
        [chosen, *_] = [line for line in lines if re.search(pattern, line)]
        return [re.sub(pattern, text, line) if line == chosen else line for line in lines]

    return change


def beside(pattern: str, text: str) -> Callable[[Lines], Lines]:
    """Add a changed copy of the first line that matches."""

    def change(lines: Lines) -> Lines:
        [chosen, *_] = [line for line in lines if re.search(pattern, line)]
        return [*lines, re.sub(pattern, text, chosen)]

    return change


# What is done to the quads, and the shapes that notice.
FAULTS: dict[str, tuple[Callable[[Lines], Lines], set[str]]] = {
    "no subject": (without("claim/.*#subject>"), {"claim-subject"}),
    "two objects": (beside(r"(claim/.*#object>) <\S+>", rf"\1 <{BASE}entity/x>"), {"claim-object"}),
    "unknown subject": (instead(r"(claim/.*#subject>) <\S+>", rf"\1 <{BASE}entity/x>"),
                        {"claim-subject"}),
    "no predicate": (without("claim/.*#predicate>"), {"claim-predicate"}),
    "unknown gate": (instead('(term/gate>) "rejected"', r'\1 "perhaps"'),
                     {"claim-gate"}),
    "no gate": (without('term/gate> "pending"'), {"claim-gate", "judgement"}),
    "unknown verdict": (instead('(term/verdict>) "unclear"', r'\1 "maybe"'), {"claim-verdict"}),
    "probability over 1": (instead('"0.9123"', '"1.5"'), {"claim-probability"}),
    "probability as text": (instead(r'"0.9123"\S+', '"0.9123"'), {"claim-probability"}),
    "an unknown order": (beside('(term/)gate> "pending"', r'\1review_order> "1"'), {"claim-order"}),
    "looked up, but no fact": (without("term/stated>"), {"found-claim"}),
    "no support": (without("claim/.*wasDerivedFrom"), {"claim-support"}),
    "no quote": (without('#exact> "Río Beni'), {"approved-claim", "evidence", "quote"}),
    "a fact that is pending": (instead('(term/gate>) "approved"', r'\1 "pending"'),
                               {"stated-claim"}),
    "a negated fact": (beside(r"term/stated>", "term/negated>"), {"stated-claim"}),
    "no words": (without("term/object_text>"), {"triple"}),
    "no extractor": (without("triple/.*wasAttributedTo"), {"triple"}),
    "no document": (without("evidence/.*hasSource"), {"evidence"}),
    "page 0": (instead('(term/page>) "2"', r'\1 "0"'), {"evidence"}),
    "an empty quote": (instead('(#exact>) ".*?"', r'\1 ""'), {"quote"}),
    "an end before the start": (instead(r'(oa#end>) "\d+"', r'\1 "0"'), {"quote"}),
    "no title": (without("document/.*terms/title"), {"document"}),
    "no digest": (instead('(sha256>) "[0-9a-f]+"', r'\1 "abc"'), {"document"}),
    "two names": (beside('(prefLabel>) "Peru"', r'\1 "Peroe"'), {"entity-name"}),
    "two names in a language": (
        lambda lines: beside('(prefLabel>) "Peru"(@en)?', r'\1 "Peroe"@nl')(
            beside('(prefLabel>) "Peru"(@en)?', r'\1 "Pru"@nl')(lines)), {"entity-name"}),
    "no name": (without('prefLabel> "Peru"'), {"entity-name"}),
    "its name again": (beside('prefLabel> "Peru"', 'altLabel> "Peru"'), {"entity-alias"}),
    "a relation without a name": (without("predicate/.*label>"), {"predicate"}),
    "a class without a name": (without("class/Law> .*label>"), {"class"}),
}  # fmt: skip


def test_what_is_published_conforms(lines: Lines, tmp_path: Path) -> None:
    path = save(lines, tmp_path)
    report = check(path)
    assert report.kinds == () and report.nodes > 40
    assert check_at_once(path) == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_its_shape(fault: str, lines: Lines, tmp_path: Path) -> None:
    change, shapes = FAULTS[fault]
    report = check(save(change(lines), tmp_path))
    named = {kind.kind[1].removeprefix(f"{BASE}shape/") for kind in report.kinds}
    assert named == shapes
    assert report.violations >= len(shapes)


def test_an_expert_outweighs_a_missing_quote(lines: Lines, tmp_path: Path) -> None:
    [label] = {
        line.split()[0] for line in lines if "/label/" in line.split()[0] and "bodyValue" in line
    }
    [claim] = {line.split()[2] for line in lines if line.startswith(label) and "hasTarget" in line}
    quads = [line for line in lines if not (line.startswith(claim) and "wasDerivedFrom" in line)]
    one = {kind.kind[1].rpartition("/")[2] for kind in check(save(quads, tmp_path)).kinds}
    assert one == {"claim-support"}
    quads = [line.replace('Value> "supported"', 'Value> "unclear"') for line in quads]
    two = {kind.kind[1].rpartition("/")[2] for kind in check(save(quads, tmp_path)).kinds}
    assert two == {"claim-support", "approved-claim"}


@pytest.mark.parametrize("part", [2_000, 10_000, 100_000])
def test_parts_find_what_the_whole_has(part: int, tmp_path: Path) -> None:
    graph = synthetic_graph(60)
    lines = write(graph, tmp_path).read_text().splitlines(keepends=True)
    for change, _ in FAULTS.values():
        try:
            lines = change(lines)
        # Not every line of the other graph is in this one.
        except ValueError:
            continue
    path = save(lines, tmp_path)
    report = check(path, part_bytes=part)
    whole = check(path)
    assert report == whole and whole.violations > 15
    assert found(report) == check_at_once(path)


def test_quads_may_stand_graph_by_graph(tmp_path: Path) -> None:
    lines = write(synthetic_graph(60), tmp_path).read_text().splitlines(keepends=True)
    for fault in ("two names in a language", "page 0", "no words", "unknown subject"):
        try:
            lines = FAULTS[fault][0](lines)
        except ValueError:
            continue
    path = save(lines, tmp_path)
    whole = check(path)
    assert whole.violations
    path.write_text("".join(sorted(lines, key=lambda line: (line.split()[-2], line))))
    for part in (2_000, 10_000, 1_000_000):
        assert check(path, part_bytes=part) == whole


def test_processes_find_the_same(lines: Lines, tmp_path: Path) -> None:
    for change, _ in list(FAULTS.values())[:8]:
        lines = change(lines)
    path = save(lines, tmp_path)
    assert check(path, part_bytes=4_000, workers=2) == check(path)


EXTRA = """
<urn:x:dates> a sh:NodeShape ; sh:targetClass rdf:Statement ; sh:severity sh:Warning ;
  sh:property [ sh:path term:time ; sh:minCount 1 ; sh:severity sh:Warning ] .
<urn:x:names> sh:targetClass class:Law ; a sh:NodeShape ;
  sh:property [ sh:path ( [ sh:inversePath rdf:subject ] prov:wasDerivedFrom term:subject_text ) ;
                sh:hasValue "Minamata Treaty" ; sh:message "Treaty!" ] .
<urn:x:node> a sh:NodeShape ; sh:targetNode <urn:x:nowhere> ;
  sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] .
"""


def test_shapes_of_the_users_own(lines: Lines, tmp_path: Path) -> None:
    extra = tmp_path / "own.ttl"
    extra.write_text(PREFIXES + EXTRA, encoding="utf-8")
    path = save(lines, tmp_path)
    report = check(path, extra=[extra])
    counts = {kind.kind[:2]: kind.count for kind in report.kinds}
    assert counts == {
        ("Warning", "urn:x:dates"): 7,
        ("Violation", "urn:x:names"): 1,
        ("Violation", "urn:x:node"): 1,
    }
    assert report.violations == 2
    assert check(path, extra=[extra], part_bytes=3_000) == report
    assert found(report) == check_at_once(path, extra)


def test_shapes_that_need_the_whole_graph_are_refused_in_parts(
    lines: Lines, tmp_path: Path
) -> None:
    extra = tmp_path / "own.ttl"
    extra.write_text(
        PREFIXES + "<urn:x> a sh:NodeShape ; sh:targetClass class:Law ; sh:property "
        "[ sh:path [ sh:zeroOrMorePath skos:broader ] ; sh:maxCount 1 ] ."
    )
    path = save(lines, tmp_path)
    assert check(path, extra=[extra]).kinds == ()
    with pytest.raises(UsageError, match=r"own\.ttl use sh:zeroOrMorePath"):
        check(path, extra=[extra], part_bytes=3_000)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<urn:x> a", "no valid Turtle"),
        ("<urn:x> a sh:NodeShape .", "no valid Turtle"),
        (f"{PREFIXES}<urn:x> a sh:PropertyShape ; sh:targetClass class:Law .", "cannot be used"),
        (f"{PREFIXES}<urn:x> a sh:NodeShape ; sh:targetClass class:Law ; sh:minLength 1, 2 .",
         "cannot be used"),
    ],
)  # fmt: skip
def test_shapes_that_are_none_are_a_wrong_use(
    text: str, fault: str, lines: Lines, tmp_path: Path
) -> None:
    extra = tmp_path / "own.ttl"
    extra.write_text(text)
    with pytest.raises(UsageError, match=fault):
        check(save(lines, tmp_path), extra=[extra])
    with pytest.raises(UsageError, match=r"none\.ttl: No such file"):
        check(save(lines, tmp_path), extra=[tmp_path / "none.ttl"])


def test_an_empty_file_has_nothing_wrong(tmp_path: Path) -> None:
    assert check(save([], tmp_path)) == ShapesReport(nodes=0, kinds=())


def test_nothing_is_published_that_violates(tmp_path: Path) -> None:
    own = tmp_path / "own.ttl"
    own.write_text(
        f"{PREFIXES}<urn:x> a sh:NodeShape ; sh:targetClass class:Law ; sh:property "
        "[ sh:path term:date ; sh:minCount 1 ; sh:message 'No \"date\"' ] ."
    )
    folder = tmp_path / "new" / "out"
    strict = SETTINGS.model_copy(update={"shapes": (str(own),)})
    with pytest.raises(KgpipeError, match=r"1 violations of the SHACL shapes(?s:.)*No \"date\""):
        publish_graph(sample_graph(), form="rdf", folder=folder, settings=strict)
    assert [path.name for path in folder.iterdir()] == [REPORT]
    report = Graph().parse(folder / REPORT)
    [message] = report.objects(None, SH.resultMessage)
    assert str(message) == 'No "date"'
    # What stood there stays as it was.
    said: list[str] = []
    publish_graph(sample_graph(), form="rdf", folder=folder, settings=SETTINGS, tell=said.append)
    before = (folder / "graph.nq").read_bytes()
    [line] = said
    assert re.fullmatch(r"\d+ resources hold what their SHACL shapes say\.", line)
    with pytest.raises(KgpipeError):
        publish_graph(sample_graph(), form="rdf", folder=folder, settings=strict)
    assert (folder / "graph.nq").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_a_report_does_not_stay_beside_another_graph(tmp_path: Path) -> None:
    publish_graph(sample_graph(), form="rdf", folder=tmp_path, settings=SETTINGS)
    assert (tmp_path / REPORT).is_file()
    publish_graph(sample_graph(), form="rdf", folder=tmp_path, settings=SETTINGS, validate=False)
    assert not (tmp_path / REPORT).exists()


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def write_half(folder: Path, *, settings: PublishSettings) -> list[Path]:
        (folder / "graph.nq").write_text("<a:s>")
        raise KgpipeError("disk full")

    with pytest.raises(KgpipeError, match="disk full"):
        publish_valid(write_half, tmp_path / "out", settings=SETTINGS, tell=print)
    assert list(tmp_path.iterdir()) == []


# What is done to the quads of a graph with links, and the shapes that notice.
LINK_FAULTS: dict[str, tuple[Callable[[Lines], Lines], set[str]]] = {
    "latitude beyond a pole": (instead('(wgs84_pos#lat>) "-12.593"', r'\1 "-92.593"'),
                               {"latitude"}),
    "longitude beyond the antimeridian": (instead('(tile/.*wgs84_pos#long>) "-66.95"',
                                                  r'\1 "293.05"'), {"longitude"}),
    "latitude as text": (instead(r'(wgs84_pos#lat>) "-12.593"\S+', r'\1 "-12.593"'), {"latitude"}),
    "no latitude": (without("tile/.*wgs84_pos#lat>"), {"latitude"}),
    "no probability": (without('link/.*term/probability> "0.97"'), {"link-probability"}),
    "probability over 1": (instead('(link/.*term/probability>) "0.97"', r'\1 "9.7"'),
                           {"link-probability"}),
    "no score of the text": (without("link/.*text_similarity>"), {"link-text"}),
    "containment over 1": (instead('(containment>) "1.0"', r'\1 "1.1"'), {"link-containment"}),
    "a link of an unknown entity": (
        instead(r"(link/.*term/entity>) <\S+>", rf"\1 <{BASE}entity/x>"), {"link-entity"}
    ),
    "a link to an unknown tile": (instead(r"(link/.*term/tile>) <\S+>", rf"\1 <{BASE}tile/x>"),
                                  {"link-tile"}),
    "a link without its making": (without("link/.*wasGeneratedBy>"), {"tile-link"}),
    "a geometry of an unknown system": (instead("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> ",
                                                ""), {"wkt"}),
    "no geometry of the graph": (without("geometry/.*Geometry>"), {"feature"}),
    "a place of no probability": (without("place/.*term/probability>"), {"place"}),
    "a tile without its source": (without("tile/.*terms/source>"), {"tile"}),
    "a period that ends before it starts": (instead('(dcat#endDate>) "2019', r'\1 "2018'),
                                            {"period"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    folder = tmp_path_factory.mktemp("linked")
    path = write_rdf(sample_graph(), folder, settings=SETTINGS, links=sample_links())[2]
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def test_what_is_published_with_links_is_valid(linked: Lines, tmp_path: Path) -> None:
    report = check(save(linked, tmp_path))
    assert report.violations == 0
    assert found(report) == check_at_once(save(linked, tmp_path)) == set()


@pytest.mark.parametrize("name", LINK_FAULTS)
def test_faults_of_links_are_found(name: str, linked: Lines, tmp_path: Path) -> None:
    change, expected = LINK_FAULTS[name]
    path = save(change(linked), tmp_path)
    report = check(path)
    named = {kind.kind[1].removeprefix(f"{BASE}shape/") for kind in report.kinds}
    assert named == expected
    assert found(report) == check_at_once(path)
