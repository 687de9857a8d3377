from kgpipe.evaluate.gold import GoldName
from kgpipe.evaluate.resolution import Mistake, score_resolution
from kgpipe.types import Entity


def entity(identifier: str, *names: str) -> Entity:
    return Entity(id=identifier, kind="", name=names[0], names=names)


def gold(**clusters: str) -> list[GoldName]:
    return [
        GoldName(name=name, entity=cluster)
        for cluster, names in clusters.items()
        for name in names.split("|")
    ]


def test_perfect_resolution() -> None:
    entities = [entity("1", "Hg", "mercury"), entity("2", "Ghana")]
    scores = score_resolution(entities, gold=gold(m="Hg|Mercury", g="Ghana|Unseen"))
    assert (scores.gold_names, scores.seen) == (4, 3)
    assert scores.pairwise_f1 == scores.b_cubed_f1.value == 1
    assert scores.wrong_merges == scores.missed_merges == ()


def test_wrong_and_missed_merges_are_listed() -> None:
    entities = [entity("1", "Ghana", "Guyana"), entity("2", "Hg"), entity("3", "mercury", "other")]
    scores = score_resolution(entities, gold=gold(a="Ghana", b="Guyana", m="Hg|mercury"))
    assert scores.wrong_merges == (Mistake(left="ghana", right="guyana", cluster="Ghana"),)
    assert scores.missed_merges == (Mistake(left="hg", right="mercury", cluster="m"),)
    assert (scores.pairwise_precision, scores.pairwise_recall) == (0, 0)
    # Ghana and Guyana are half right in precision, Hg and mercury half right in recall.
    assert scores.b_cubed_precision.value == scores.b_cubed_recall.value == 0.75


def test_entities_of_the_same_canonical_name_stay_apart() -> None:
    entities = [entity("1", "Congo", "DRC"), entity("2", "Congo", "Brazzaville")]
    scores = score_resolution(entities, gold=gold(d="DRC", b="Brazzaville"))
    assert scores.wrong_merges == ()


def test_ambiguous_gold_names_are_left_out() -> None:
    scores = score_resolution([entity("1", "Congo")], gold=gold(d="Congo", b="Congo|Brazzaville"))
    assert (scores.ambiguous, scores.seen) == (1, 0)
    assert scores.b_cubed_f1.value is None


def test_a_name_in_two_entities_is_a_missed_merge() -> None:
    scores = score_resolution([entity("1", "gold"), entity("2", "Gold")], gold=gold(g="gold"))
    assert len(scores.missed_merges) == 1
    assert scores.pairwise_recall == 0
