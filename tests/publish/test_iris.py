import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.errors import UsageError
from kgpipe.publish.iris import Iris

BASE = "https://example.org/kg/"
NASTY = st.text(
    alphabet=st.one_of(st.sampled_from("<>\"'`{}|\\^ ./#?%&é\n"), st.characters(codec="utf-8"))
)


@given(NASTY, NASTY)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_names_stay_in_their_segment_and_apart(one: str, other: str) -> None:
    iris = Iris(BASE)
    found = iris.mint("entity", one)
    segment = found.removeprefix(f"{BASE}entity/")
    assert segment.isascii()
    assert set(segment) & set("<>\"'`{}|\\^ ./#?\n") == set()
    assert segment
    if one not in ("", "_") and other not in ("", "_") and one != other:
        assert found != iris.mint("entity", other)


def test_predicates_read_well() -> None:
    iris = Iris(BASE)
    assert iris.mint_predicate("exports to") == f"{BASE}predicate/exports_to"
    assert iris.mint_predicate("está en") == f"{BASE}predicate/est%C3%A1_en"
    assert iris.mint_predicate("..") == f"{BASE}predicate/%2E%2E"
    assert iris.mint_predicate(" ") == f"{BASE}predicate/_"


@pytest.mark.parametrize(
    "base",
    [
        "",
        "kg/",
        "https://example.org/kg",
        "https://example.org/kg#",
        "https://x/?a/",
        "https://x/a b/",
        "https://x/>/",
        "/",
    ],
)
def test_unusable_bases_are_refused(base: str) -> None:
    with pytest.raises(UsageError, match="base_iri"):
        Iris(base)


def test_prefixes_are_sorted_and_cover_all_resources() -> None:
    prefixes = Iris("urn:x:y/").prefixes()
    assert list(prefixes) == sorted(prefixes)
    assert prefixes["predicate"] == "urn:x:y/predicate/"
    assert prefixes["prov"] == "http://www.w3.org/ns/prov#"


def test_queries_see_facts_by_default_and_no_pending_ones() -> None:
    assert Iris(BASE).default_graphs() == (
        f"{BASE}graph/approved",
        f"{BASE}graph/entities",
        f"{BASE}graph/provenance",
    )
