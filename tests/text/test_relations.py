import pytest

from kgpipe.schema import Schema, SchemaRelation
from kgpipe.text.relations import (
    define_relation,
    match_wording,
    may_be_one,
    relation_data_digests,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("use", "utilize"),
        ("be located in", "be situated in"),
        ("release", "emit"),
    ],
)
def test_wordings_that_no_veto_separates(left: str, right: str) -> None:
    assert may_be_one(left, right)
    assert may_be_one(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("export", "be exported by"),
        ("export to", "import from"),
        ("import", "export"),
        ("buy", "sell"),
        ("prohibit", "allow"),
        ("use", "do not use"),
        ("contain", "may contain"),
        ("be parent of", "be child of"),
        ("be owner of", "be operator of"),
        ("be near", "be in"),
    ],
)
def test_a_relation_never_meets_its_inverse_or_rival(left: str, right: str) -> None:
    assert not may_be_one(left, right)
    assert not may_be_one(right, left)


def test_match_wording() -> None:
    runs = SchemaRelation(name="operates", label="operates", also=("is running",))
    schema = Schema(name="s", relations=(runs,))
    assert match_wording("operate", schema) == runs
    assert match_wording("are running", schema) == runs
    assert match_wording("be operated by", schema) is None


def test_define_relation() -> None:
    kinds = ["", "place", "site", "place"]
    assert define_relation("use", subject_kinds=kinds, object_kinds=[""]) == "place use"


def test_the_lists_are_part_of_fingerprints() -> None:
    assert len(set(relation_data_digests())) == 2
