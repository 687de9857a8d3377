from pathlib import Path

from rdflib import RDF, SH, Graph, Literal, URIRef

from kgpipe.publish.shapes_check import SHOWN_OF_A_KIND, Checked, Violation, count_kinds
from kgpipe.publish.shapes_report import ShapesReport, describe_report, sum_up, write_report

BASE = "https://example.org/kg/"


def violation(number: int, **fields: str) -> Violation:
    content = {
        "shape": f"{BASE}shape/claim-gate", "path": f"<{BASE}term/gate>",
        "component": "InConstraintComponent", "focus": f"<{BASE}claim/{number:04}>",
        "value": '"x\\"y"', "severity": "Violation", "message": 'A "gate"\nis one of three.',
    }  # fmt: skip
    return Violation(**{**content, **fields})


def report(*violations: Violation) -> ShapesReport:
    return sum_up([Checked(nodes=9, kinds=count_kinds(violations))])


def test_nothing_found() -> None:
    assert (
        describe_report(report(), base_iri=BASE) == "9 resources hold what their SHACL shapes say."
    )


def test_what_where_and_how_often() -> None:
    found = report(*map(violation, range(5)), violation(9, path="", value="", severity="Warning"))
    assert describe_report(found, base_iri=BASE).splitlines() == [
        "5 x violation of shape/claim-gate at <term/gate> (InConstraintComponent):",
        '    A "gate"',
        "is one of three.",
        '    <claim/0000> = "x\\"y"',
        '    <claim/0001> = "x\\"y"',
        '    <claim/0002> = "x\\"y"',
        "    ...",
        "1 x warning of shape/claim-gate (InConstraintComponent):",
        '    A "gate"',
        "is one of three.",
        "    <claim/0009>",
    ]


def test_the_report_as_rdf(tmp_path: Path) -> None:
    longer = violation(7, path="<x:p>/<x:q>", value="", shape="")
    path = write_report(report(violation(1), longer), tmp_path / "r.ttl")
    graph = Graph().parse(path)
    [whole] = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(whole, SH.conforms) == Literal(False)
    results = {str(graph.value(one, SH.focusNode)): one for one in graph.objects(whole, SH.result)}
    one, other = results[f"{BASE}claim/0001"], results[f"{BASE}claim/0007"]
    assert graph.value(one, SH.value) == Literal('x"y')
    assert graph.value(one, SH.resultPath) == URIRef(f"{BASE}term/gate")
    assert graph.value(one, SH.resultMessage) == Literal('A "gate"\nis one of three.')
    assert graph.value(other, SH.resultPath) is graph.value(other, SH.sourceShape) is None
    graph = Graph().parse(write_report(report(), path))
    assert list(graph.objects(None, SH.conforms)) == [Literal(True)]


def test_parts_are_counted_in_full_and_shown_in_order(tmp_path: Path) -> None:
    numbers = range(3 * SHOWN_OF_A_KIND)
    parts = [
        Checked(nodes=1, kinds=count_kinds(violation(n) for n in numbers if n % 3 == part))
        for part in (2, 0, 1)
    ]
    [kind] = sum_up(parts).kinds
    assert kind.count == len(numbers)
    assert [one.focus for one in kind.examples] == [
        violation(n).focus for n in range(SHOWN_OF_A_KIND)
    ]
    text = write_report(sum_up(parts), tmp_path / "r.ttl").read_text()
    assert f"# {2 * SHOWN_OF_A_KIND} more results" in text
