"""What SHACL validation found, for people and as RDF."""

from collections.abc import Sequence
from pathlib import Path

from rdflib import SH

from kgpipe.publish.shapes_check import Checked, KindCount, Violation, join_kinds
from kgpipe.publish.terms import text
from kgpipe.types import Record

# More would bury the message; the report has the rest.
_EXAMPLES_SHOWN = 3


class ShapesReport(Record):
    """What validation found; `nodes` are those that a shape is about."""

    nodes: int
    kinds: tuple[KindCount, ...]

    @property
    def violations(self) -> int:
        """How many results there are of severity sh:Violation; others are advice."""
        return sum(one.count for one in self.kinds if one.kind[0] == "Violation")


def sum_up(parts: Sequence[Checked]) -> ShapesReport:
    """The report on a graph of the reports on its parts."""
    return ShapesReport(nodes=sum(part.nodes for part in parts), kinds=join_kinds(parts))


def describe_report(report: ShapesReport, *, base_iri: str) -> str:
    """The report for people: what is wrong, how often, and where for example."""
    if not report.kinds:
        return f"{report.nodes:,} resources hold what their SHACL shapes say."
    lines = []
    for one in report.kinds:
        severity, shape, path, component = one.kind
        first = one.examples[0]
        where = f" at {_shorten(path, base_iri)}" if path else ""
        name = _shorten(shape, base_iri)
        lines.append(f"{one.count:,} x {severity.lower()} of {name}{where} ({component}):")
        lines.append(f"    {first.message}")
        for example in one.examples[:_EXAMPLES_SHOWN]:
            value = f" = {example.value}" if example.value else ""
            lines.append(f"    {_shorten(example.focus, base_iri)}{_shorten(value, base_iri)}")
        if one.count > _EXAMPLES_SHOWN:
            lines.append("    ...")
    return "\n".join(lines)


def write_report(report: ShapesReport, path: Path) -> Path:
    """Write the report as RDF (Turtle, the sh:ValidationReport of SHACL, section 3.6).

    Results beyond the first of a kind are counted in a comment.
    """
    blocks = [_write_result(example) for one in report.kinds for example in one.examples]
    left_out = sum(one.count - len(one.examples) for one in report.kinds)
    note = f"# {left_out} more results of the same kinds are left out.\n" if left_out else ""
    results = f" ;\n  sh:result {', '.join(blocks)}" if blocks else ""
    conforms = "false" if report.kinds else "true"
    path.write_text(
        f"@prefix sh: <{SH}> .\n{note}\n[] a sh:ValidationReport ;\n  sh:conforms {conforms}"
        f"{results} .\n",
        encoding="utf-8",
    )
    return path


def _write_result(one: Violation) -> str:
    fields = [
        ("sh:focusNode", one.focus),
        ("sh:resultSeverity", f"sh:{one.severity}"),
        ("sh:sourceConstraintComponent", f"sh:{one.component}"),
        ("sh:resultMessage", text(one.message)),
        # A longer path has no name; it is told by the shape.
        *([("sh:resultPath", one.path)] if one.path.count("<") == 1 and one.path[0] == "<" else []),
        *([("sh:sourceShape", f"<{one.shape}>")] if one.shape else []),
        *([("sh:value", one.value)] if one.value else []),
    ]
    lines = "".join(f"\n    {name} {value} ;" for name, value in fields)
    return f"[ a sh:ValidationResult ;{lines} ]"


def _shorten(text: str, base_iri: str) -> str:
    """Names of the graph without its base; `<https://example.org/kg/claim/x>` is `claim/x`."""
    return text.replace(f"<{base_iri}", "<").replace(base_iri, "")
