from pathlib import Path

from kgpipe.bench.quads_data import make_contents
from kgpipe.publish.rdf import write_contents
from kgpipe.settings import PublishSettings
from kgpipe.types import Entity


def test_the_same_number_gives_the_same_claims(tmp_path: Path) -> None:
    settings = PublishSettings(syntaxes=("nquads",))
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        files += write_contents(make_contents(700), tmp_path / name, settings=settings)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_claims_are_of_all_sorts() -> None:
    contents = make_contents(1000)
    facts = list(contents.facts)
    assert {fact.gate for fact in facts} == {"approved", "pending", "rejected"}
    assert any(fact.labels for fact in facts)
    assert any(fact.claim.quantity for fact in facts)
    assert len({fact.claim.id for fact in facts}) == 1000
    known = {entity.id for entity in contents.entities}
    assert {fact.claim.object_id for fact in facts} <= known
    assert all(isinstance(entity, Entity) for entity in contents.entities)
