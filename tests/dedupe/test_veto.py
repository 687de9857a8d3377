import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.veto import Candidate, find_veto
from kgpipe.types import Kind


def _veto(left: str, right: str, left_kind: Kind = "", right_kind: Kind = "") -> str | None:
    return find_veto(
        Candidate(form_of(left), left_kind, False), Candidate(form_of(right), right_kind, False)
    )


@pytest.mark.parametrize(
    ("left", "right", "code"),
    [
        ("23 mt/year of mercury emissions", "26 mt/year of mercury emissions", "number"),
        ("20 tonnes of mercury", "20 kilograms of mercury", "value"),
        ("EU27", "EU28", "number"),
        ("September 2016", "October 2016", "value"),
        ("mercury", "no mercury", "negation"),
        ("mercury trade", "mercury-free trade", "negation"),
        ("North America", "South America", "direction"),
        ("Northern Brazil", "Brazil", "direction"),
        ("mercury", "mercury emissions", "modifier"),
        ("Amazon river", "Amazon river basin", "modifier"),
        ("Guinea", "Equatorial Guinea", "modifier"),
        ("Republic of the Congo", "Democratic Republic of the Congo", "modifier"),
        ("Africa", "South Africa", "direction"),
        ("Ghana", "Guyana", "other_word"),
        ("Guiana", "Guyana", "other_word"),
        ("Niger", "Nigeria", "other_word"),
        ("mercury imports", "mercury exports", "other_word"),
        ("mercury importer", "mercury imports", "other_word"),
        ("legal mining", "illegal mining", "other_word"),
        ("unregulated mining", "regulated mining", "other_word"),
        ("Bolivian Amazon", "Colombian Amazon", "other_word"),
        ("gold mine", "gold mining", "other_word"),
        ("gold amalgams", "gold amalgamation", "other_word"),
        ("contaminated", "contamination", "other_word"),
        ("NAP", "national action plan", "other_word"),
        ("gold trade from Peru to Brazil", "gold trade from Brazil to Peru", "order"),
        ("word " * 40 + "a", "word " * 40 + "b", "too_long"),
    ],
)
def test_vetoed(left: str, right: str, code: str) -> None:
    assert _veto(left, right) == code
    assert _veto(right, left) == code


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("mercury production", "production of mercury"),
        ("exposure to mercury", "mercury exposure"),
        ("reducing mercury use", "reduction of mercury use"),
        ("controlling mercury", "mercury control"),
        ("organisation", "organization"),
        ("Yekuana people", "Yekwana people"),
        ("60 t of mercury", "60 t mercury"),
    ],
)
def test_same_words(left: str, right: str) -> None:
    assert _veto(left, right) is None


@pytest.mark.parametrize(
    ("left", "right", "code"),
    [
        ("organisation", "place", "kind"),
        ("place", "site", None),
        ("other", "place", None),
        ("", "person", None),
        ("date", "", "value"),
    ],
)
def test_kinds(left: Kind, right: Kind, code: str | None) -> None:
    assert _veto("organisation of miners", "organization miner group"[:18], left, right) == code


def test_two_listed_names_stay_apart() -> None:
    colombia, columbia = (
        Candidate(form_of(name), "place", True) for name in ("Colombia", "Columbia")
    )
    assert find_veto(colombia, columbia) == "listed_apart"
    assert find_veto(colombia, colombia) is None


WORDS = st.lists(
    st.sampled_from(["mercury", "import", "imports", "importing", "of", "to", "no", "north", "5",
                     "6", "mine", "mining", "organisation", "organization", "organizations"]),
    min_size=1, max_size=5,
).map(" ".join)  # fmt: skip
KINDS = st.sampled_from(["", "place", "date", "substance"])


@given(WORDS, WORDS, KINDS, KINDS)
@settings(derandomize=True, deadline=None, max_examples=500)
def test_symmetric_and_never_against_itself(
    left: str, right: str, left_kind: Kind, right_kind: Kind
) -> None:
    assert _veto(left, right, left_kind, right_kind) == _veto(right, left, right_kind, left_kind)
    assert _veto(left, left, left_kind, right_kind) is None
