import csv
import time
from collections import Counter
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.dedupe.entities import MAX_NAME_CHARS, ResolvedNames, resolve_names_of
from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.veto import Candidate, find_veto
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind

MENTIONS: dict[tuple[str, Kind], int] = {
    ("mercury", "substance"): 5, ("Mercury", "substance"): 1, ("Hg", ""): 2, ("mercurio", ""): 1,
    ("mercury emissions", "process"): 2, ("mercury exports", ""): 1, ("mercury imports", ""): 1,
    ("ASGM", "organisation"): 2, ("ASGM", "process"): 3, ("artisanal gold mining", ""): 1,
    ("Ghana", "place"): 2, ("Guyana", "place"): 2, ("Republic of Ghana", "place"): 1,
    ("DRC", "place"): 1, ("Republic of the Congo", "place"): 1, ("Congo", "place"): 1,
    ("Democratic Republic of the Congo", "place"): 1, ("Guinea", "place"): 1,
    ("Equatorial Guinea", "place"): 1, ("20 t of mercury", "quantity"): 1,
    ("26 t of mercury", "quantity"): 1, ("mercury production", ""): 1,
    ("production of mercury", ""): 1, ("AMW", ""): 1, ("Amazon Mining Watch", ""): 1,
    ("northern Brazil", "place"): 1, ("Brasil", "place"): 1, ("Brazil", "place"): 2, ("☃", ""): 1,
}  # fmt: skip
DEFINITIONS = [("AMW", "Amazon Mining Watch")]
DEFAULTS = DedupeSettings()
# For properties: a fixture does not go with `given`.
EMBEDDER = MiniLmEmbedder()


def _resolve(mentions: dict[tuple[str, Kind], int], embedder: Embedder) -> ResolvedNames:
    return resolve_names_of(mentions, definitions=DEFINITIONS, settings=DEFAULTS, embedder=embedder)


def _clusters(resolved: ResolvedNames) -> set[frozenset[str]]:
    return {frozenset(entity.names) for entity in resolved.entities}


def test_clusters(embedder: Embedder) -> None:
    together = [
        {"mercury", "Mercury", "Hg", "mercurio"}, {"ASGM", "artisanal gold mining"},
        {"Ghana", "Republic of Ghana"}, {"DRC", "Democratic Republic of the Congo"},
        {"mercury production", "production of mercury"}, {"AMW", "Amazon Mining Watch"},
        {"Brasil", "Brazil"},
    ]  # fmt: skip
    alone = {name for name, _ in MENTIONS} - set().union(*together)
    assert _clusters(_resolve(MENTIONS, embedder)) == {
        *map(frozenset, together),
        *(frozenset({name}) for name in alone),
    }


def test_canonical_name_kind_and_reasons(embedder: Embedder) -> None:
    resolved = _resolve(MENTIONS, embedder)
    names = {entity.name: entity for entity in resolved.entities}
    assert names["ASGM"].kind == "process"
    # Equal counts: the longest name.
    assert "Democratic Republic of the Congo" in names
    assert {name: resolved.reasons[name] for name in names["mercury"].names} == {
        "mercury": "canonical",
        "Mercury": "same_normalised_form",
        "Hg": "alias",
        "mercurio": "alias",
    }
    assert resolved.reasons["AMW"] == "acronym_defined"
    assert resolved.reasons["mercury production"] == "similar"


def test_merges_are_a_tree_of_each_entity(embedder: Embedder) -> None:
    resolved = _resolve(MENTIONS, embedder)
    for entity in resolved.entities:
        merges = [merge for merge in resolved.merges if merge.entity_id == entity.id]
        assert len(merges) == len(entity.names) - 1
        reached = {entity.name}
        for _ in merges:
            reached |= {m.right for m in merges if m.left in reached}
            reached |= {m.left for m in merges if m.right in reached}
        assert reached == set(entity.names)
    scores = {merge.reason: merge.score for merge in resolved.merges}
    assert scores["alias"] == 1
    assert DEFAULTS.threshold <= scores["similar"] < 1


@given(
    st.lists(st.sampled_from(list(MENTIONS)), unique=True, min_size=1),
    st.randoms(use_true_random=False),
)
@settings(derandomize=True, deadline=None, max_examples=40)
def test_partition_without_vetoes_whatever_the_order(
    keys: list[tuple[str, Kind]], random: Random
) -> None:
    mentions = {key: MENTIONS[key] for key in keys}
    resolved = _resolve(mentions, EMBEDDER)
    names = [name for entity in resolved.entities for name in entity.names]
    assert sorted(names) == sorted({name for name, _ in keys})
    assert set(resolved.reasons) == set(names)
    for entity in resolved.entities:
        similar = {n for m in resolved.merges if m.reason == "similar" for n in (m.left, m.right)}
        for left, right in combinations(sorted(similar & set(entity.names)), 2):
            assert not find_veto(*(Candidate(form_of(n), "", False) for n in (left, right)))
    random.shuffle(keys)
    again = {key: MENTIONS[key] for key in keys}
    assert _resolve(again, EMBEDDER) == resolved


@given(st.lists(st.sampled_from(sorted({name for name, _ in MENTIONS})), min_size=1))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_more_mentions_of_the_same_names_change_no_cluster(names: list[str]) -> None:
    once = resolve_names_of(
        dict.fromkeys(((name, "") for name in names), 1),
        definitions=(), settings=DEFAULTS, embedder=EMBEDDER,
    )  # fmt: skip
    often = resolve_names_of(
        Counter((name, "") for name in names * 2),
        definitions=(), settings=DEFAULTS, embedder=EMBEDDER,
    )  # fmt: skip
    assert _clusters(once) == _clusters(often)
    assert {entity.id for entity in once.entities} == {entity.id for entity in often.entities}


def test_vetoes_hold_against_the_lowest_threshold(embedder: Embedder) -> None:
    resolved = resolve_names_of(
        MENTIONS, definitions=DEFINITIONS, settings=DedupeSettings(threshold=0), embedder=embedder
    )
    assert frozenset({"Guyana"}) in _clusters(resolved)
    assert frozenset({"mercury exports"}) in _clusters(resolved)
    assert frozenset({"20 t of mercury"}) in _clusters(resolved)


def test_users_aliases(embedder: Embedder, tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text("canonical,alias\nGhana,the Gold Coast\n")
    resolved = resolve_names_of(
        {("Ghana", "place"): 1, ("Gold Coast", "place"): 1},
        definitions=(), settings=DedupeSettings(aliases=str(path)), embedder=embedder,
    )  # fmt: skip
    assert _clusters(resolved) == {frozenset({"Ghana", "Gold Coast"})}


def test_names_that_are_no_names_stay_by_themselves(embedder: Embedder) -> None:
    long = "mercury " * MAX_NAME_CHARS
    resolved = _resolve(
        {("", ""): 1, (long, ""): 1, (long + "trade", ""): 1, ("؟", ""): 1}, embedder
    )
    assert len(resolved.entities) == 4
    assert not resolved.merges


def test_nothing(embedder: Embedder) -> None:
    assert _resolve({}, embedder) == ResolvedNames([], [], {})


@pytest.mark.shared
def test_five_thousand_names_take_seconds(embedder: Embedder, shared_data: Path) -> None:
    path = shared_data / "asgm" / "asgm_kg" / "ASGM-KG_Dataset_1899_unique.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["Entity1"] for row in rows} | {row["Entity2"] for row in rows})
    mentions: dict[tuple[str, Kind], int] = {
        (f"{name}{suffix}", ""): 1 for name in names for suffix in ("", " plan", " of 2019")
    }
    started = time.perf_counter()
    resolved = _resolve(mentions, embedder)
    assert len(mentions) > 4900
    # A machine shared by several others needs about 5 s.
    assert time.perf_counter() - started < 60
    assert 4000 < len(resolved.entities) < 4900
