from typing import Any

from kgpipe.dedupe.conflicts import find_conflicts
from kgpipe.schema import Schema, SchemaRelation
from kgpipe.types import Claim, Entity, Kind, Quantity


def _conflicts(
    *claims: tuple[str, str, str, Kind, dict[str, Any]], schema: Schema | None = None
) -> list[tuple[str, ...]]:
    """Conflicts among (subject, predicate, object, the object's kind, qualifiers)."""
    made = [
        Claim(
            id=f"c{row}", subject_id=subject, predicate=predicate, object_id=obj, subject=subject,
            object=obj, support=("t",), documents=("d",), keys=("k",), **more,
        )
        for row, (subject, predicate, obj, _, more) in enumerate(claims)
    ]  # fmt: skip
    entities = [Entity(id=c[2], kind=c[3], name=c[2], names=(c[2],)) for c in claims]
    return find_conflicts(made, entities=entities, schema=schema)


def _tonnes(value: float, **more: Any) -> dict[str, Any]:
    return {"quantity": Quantity(value=value, unit="t"), **more}


def test_two_amounts_of_one_thing_in_one_unit() -> None:
    assert _conflicts(
        ("Ghana", "import", "5 t of mercury", "quantity", _tonnes(5)),
        ("Ghana", "import", "7 t of mercury", "quantity", _tonnes(7)),
        ("Ghana", "import", "9 t of gold", "quantity", _tonnes(9)),
        ("Ghana", "export", "8 t of mercury", "quantity", _tonnes(8)),
        ("Togo", "import", "8 t of mercury", "quantity", _tonnes(8)),
        ("Ghana", "import", "8 kg of mercury", "quantity",
         {"quantity": Quantity(value=8, unit="kg")}),
    ) == [("c0", "c1")]  # fmt: skip


def test_qualifiers_make_room_for_both() -> None:
    apart: list[dict[str, Any]] = [
        _tonnes(7, time="2019"), _tonnes(8, place="Obuasi"), _tonnes(9, negated=True),
        _tonnes(10, hedged=True), _tonnes(11, attributed_to="UNEP"),
    ]  # fmt: skip
    claims: list[tuple[str, str, str, Kind, dict[str, Any]]] = [
        ("Ghana", "import", f"{more['quantity'].value} t", "quantity", more)
        for more in [_tonnes(5), *apart]
    ]
    assert _conflicts(*claims) == []
    assert _conflicts(*claims, ("Ghana", "import", "6 t", "quantity", _tonnes(6, time="2019"))) == [
        ("c1", "c6")
    ]


def test_dates_of_one_grain() -> None:
    assert _conflicts(
        ("treaty", "be amended in", "2013", "date", {}),
        ("treaty", "be amended in", "2014", "date", {}),
        ("treaty", "be amended in", "May 2014", "date", {}),
    ) == [("c0", "c1")]


def test_relations_with_one_value() -> None:
    schema = Schema(
        name="s", relations=(SchemaRelation(name="chair", label="has chair", functional=True),)
    )
    claims: list[tuple[str, str, str, Kind, dict[str, Any]]] = [
        ("Ghana", "be headquartered in", "Accra", "place", {}),
        ("Ghana", "be headquartered in", "Kumasi", "place", {}),
        ("club", "has chair", "Ama", "person", {}),
        ("club", "has chair", "Kofi", "person", {}),
        ("club", "have member", "Ama", "person", {}),
        ("club", "have member", "Kofi", "person", {}),
    ]
    assert _conflicts(*claims) == [("c0", "c1")]
    have = [(s, "have chair" if p == "has chair" else p, o, k, m) for s, p, o, k, m in claims]
    assert _conflicts(*have, schema=schema) == [("c0", "c1"), ("c2", "c3")]
