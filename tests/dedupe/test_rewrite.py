from collections.abc import Mapping, Sequence

import pytest

from kgpipe.dedupe.aliases import Alias, built_in_aliases
from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.rewrite import make_rewrites, rewrite_name
from kgpipe.types import Kind

ASGM = "artisanal and small-scale gold mining"


def _rewrite(
    name: str,
    *,
    kind: Kind = "",
    names: Mapping[str, int] | None = None,
    definitions: Sequence[tuple[str, str]] = (),
    user: Sequence[Alias] = (),
) -> tuple[str, str]:
    rewrites = make_rewrites(
        {name: 1} if names is None else names,
        definitions=definitions,
        user=user,
        built_in=built_in_aliases(),
    )
    form, reason = rewrite_name(form_of(name), kind, rewrites)
    return form.key, reason


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("ASGM", ASGM, "alias"),
        ("MAPE", ASGM, "alias"),
        ("Brasil", "Brazil", "alias"),
        ("mercurio", "mercury", "alias"),
        ("Hg", "mercury", "alias"),
        ("Hg emissions", "mercury emissions", "alias"),
        ("mercury (Hg)", "mercury", "acronym_defined"),
        ("Ghana", "Ghana", ""),
        ("Congo", "Congo", ""),
    ],
)
def test_built_in(name: str, target: str, reason: str) -> None:
    assert _rewrite(name) == (form_of(target).key, reason)


def test_kind_limits_an_alias() -> None:
    assert _rewrite("El Oro", kind="place")[1] == ""
    assert _rewrite("el oro", kind="substance")[0] == "gold"


def test_definition_holds_for_whole_names_and_inside_them() -> None:
    definitions = [("AMW", "Amazon Mining Watch")]
    assert _rewrite("AMW", definitions=definitions) == ("amazonminingwatch", "acronym_defined")
    assert _rewrite("AMW map", definitions=definitions) == (
        "amazonminingwatchmap",
        "acronym_defined",
    )


def test_definition_goes_on_through_the_built_in_table() -> None:
    definitions = [("PAN", "plan de acción nacional")]
    assert _rewrite("PAN", definitions=definitions) == ("nationalactionplan", "acronym_defined")


def test_a_gloss_that_spells_the_name_is_dropped() -> None:
    assert _rewrite("gold buying agency (GBA)")[0] == "goldbuyingagency"
    assert _rewrite("gold mining (Ghana)")[0] == "goldminingghana"


def test_a_word_that_is_mostly_no_acronym_is_not_expanded() -> None:
    definitions = [("GOLD", "Global Opportunities for Long-term Development")]
    names = {"GOLD": 1, "gold": 9, "gold trade": 3}
    assert _rewrite("GOLD", names=names, definitions=definitions) == ("gold", "")
    assert _rewrite("who", names={"who": 2}) == ("who", "")


def test_an_acronym_of_two_meanings_is_not_expanded() -> None:
    definitions = [("AMA", "American Medical Association"), ("AMA", "Artisanal Miners Agency")]
    assert _rewrite("AMA", definitions=definitions) == ("ama", "")


def test_spellings_of_one_meaning_agree_on_the_one_in_use() -> None:
    definitions = [("AGC", "Artisanal Gold Council"), ("AGC", "artisanal-gold councils")]
    names = {"AGC": 3, "Artisanal Gold Council": 2}
    assert _rewrite("AGC", names=names, definitions=definitions)[0] == "artisanalgoldcouncil"


def test_the_user_comes_first() -> None:
    user = [Alias("Ministry of Mines", "ASGM", "")]
    definitions = [("ASGM", ASGM)]
    assert _rewrite("ASGM", definitions=definitions, user=user) == ("ministryofmine", "alias")
