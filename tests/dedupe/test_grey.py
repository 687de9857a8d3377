import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.decisions import Decision, settle_decisions
from kgpipe.dedupe.contexts import Mention
from kgpipe.dedupe.grey import JUDGED, MAX_STATEMENT_CHARS, Answer, Question
from kgpipe.dedupe.mentions import ResolvedMentions, ask_about_mentions, resolve_mentions
from kgpipe.dedupe.normalise import form_of
from kgpipe.dedupe.veto import SOFT, Candidate, find_veto
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind
from tests.dedupe.decided import EMBEDDER

NAMES: tuple[tuple[str, Kind], ...] = (
    ("gold mining", "process"), ("gold mining activities", "process"),
    ("gold mining practices", "process"), ("mercury exports", ""), ("mercury imports", ""),
    ("mercury trade", ""), ("23 t of mercury", "quantity"), ("26 t of mercury", "quantity"),
    ("use of mercury", ""), ("mercury-free use", ""), ("northern Brazil", "place"),
    ("southern Brazil", "place"), ("Brazil", "place"), ("Ghana", "place"), ("Guyana", "place"),
    ("Bush", "person"), ("George Bush", "person"), ("Kate Bush", "person"),
    ("mercury", "substance"), ("mercury concentrations", ""), ("levels of mercury", ""),
)  # fmt: skip
MENTIONS = [Mention(name, kind) for name, kind in NAMES]
LOW = DedupeSettings(judge_from=0.4, max_questions=1000)


def ask(
    mentions: list[Mention], chosen: DedupeSettings = LOW, *decisions: Decision
) -> tuple[Question, ...]:
    return ask_about_mentions(
        mentions, definitions=(), settings=chosen, embedder=EMBEDDER, decisions=decisions
    ).questions


def answer(questions: tuple[Question, ...], *same: tuple[str, str]) -> list[Answer]:
    wanted = {tuple(sorted(pair)) for pair in same}
    return [Answer(question=q, same=(q.left.name, q.right.name) in wanted) for q in questions]


def resolve(answers: list[Answer], *decisions: Decision) -> ResolvedMentions:
    return resolve_mentions(
        MENTIONS, definitions=(), settings=LOW, embedder=EMBEDDER, decisions=decisions,
        answers=answers,
    )  # fmt: skip


def together(found: ResolvedMentions) -> set[tuple[str, str]]:
    return {pair for one in found.entities for pair in combinations(one.names, 2)}


def pairs_of(questions: tuple[Question, ...]) -> set[tuple[str, str]]:
    return {(q.left.name, q.right.name) for q in questions}


def test_what_is_near_is_asked_and_hard_vetoes_are_not() -> None:
    questions = ask(MENTIONS)
    asked = pairs_of(questions)
    assert ("gold mining", "gold mining activities") in asked
    assert ("mercury exports", "mercury imports") in asked
    assert ("23 t of mercury", "26 t of mercury") not in asked
    assert ("northern Brazil", "southern Brazil") not in asked
    # Both stand in the table of countries.
    assert ("Ghana", "Guyana") not in asked
    kinds = dict(NAMES)
    for left, right in asked:
        veto = find_veto(*(Candidate(form_of(n), kinds[n], False) for n in (left, right)))
        assert veto is None or veto in SOFT
    cosines = [question.cosine for question in questions]
    assert cosines == sorted(cosines, reverse=True)
    assert min(cosines) >= LOW.judge_from


def test_a_word_that_several_names_hold_is_not_asked_about() -> None:
    assert not {"Bush", "mercury"} & {name for pair in pairs_of(ask(MENTIONS)) for name in pair}


def test_the_number_of_questions_is_bounded_and_the_nearest_come_first() -> None:
    every = ask(MENTIONS)
    assert ask(MENTIONS, LOW.model_copy(update={"max_questions": 3})) == every[:3]
    assert not ask(MENTIONS, LOW.model_copy(update={"max_questions": 0}))


def test_decided_pairs_are_not_asked_about_nor_their_clusters() -> None:
    apart = Decision(left="gold mining", right="gold mining activities", same=False)
    joined = Decision(left="gold mining practices", right="gold mining activities", same=True)
    asked = pairs_of(ask(MENTIONS, LOW, apart, joined))
    assert not [pair for pair in asked if "gold mining" in pair and "gold" in pair[0] + pair[1]
                and {"gold mining practices", "gold mining activities"} & set(pair)]  # fmt: skip


def test_an_answer_merges_with_its_cosine_as_score() -> None:
    questions = ask(MENTIONS)
    found = resolve(answer(questions, ("gold mining", "gold mining activities")))
    [merge] = [merge for merge in found.merges if merge.reason == JUDGED]
    assert {merge.left, merge.right} == {"gold mining", "gold mining activities"}
    [question] = [q for q in questions if q.left.name == "gold mining" and q.right.name
                  == "gold mining activities"]  # fmt: skip
    assert merge.score == question.cosine
    reasons = {mention.name: why for mention, why in zip(MENTIONS, found.reasons, strict=True)}
    assert sorted(reasons[n] for n in ("gold mining", "gold mining activities")) == [
        "canonical", JUDGED,
    ]  # fmt: skip


def test_two_answers_do_not_join_what_was_told_apart() -> None:
    chain = ("gold mining", "gold mining activities"), ("gold mining", "gold mining practices")
    found = together(resolve(answer(ask(MENTIONS), *chain)))
    assert ("gold mining activities", "gold mining practices") not in found
    # The nearer of the two.
    assert len([pair for pair in found if "gold mining" in pair]) == 1
    every = (*chain, ("gold mining activities", "gold mining practices"))
    assert set(every) <= together(resolve(answer(ask(MENTIONS), *every)))


def test_a_decision_undoes_a_judged_merge() -> None:
    pair = ("gold mining", "gold mining activities")
    apart = Decision(left=pair[0], right=pair[1], same=False)
    assert pair not in together(resolve(answer(ask(MENTIONS), pair), apart))


def test_a_statement_is_told_in_the_length_of_a_sentence() -> None:
    long = "x " * 400 + "the gold mining of old" + " y" * 400
    mentions = [
        Mention("gold mining", "process", (long,)),
        Mention("gold mining activities", "process", (), "gold mining activities harm rivers"),
        Mention("gold mining activities", "process", (), "short"),
        Mention("gold mining practices", "process"),
    ]
    said = {s.name: s.said for q in ask(mentions) for s in (q.left, q.right)}
    assert "the gold mining of old" in said["gold mining"]
    assert len(said["gold mining"]) <= MAX_STATEMENT_CHARS
    assert said["gold mining activities"] == "gold mining activities harm rivers"
    assert said["gold mining practices"] == ""


def test_without_answers_nothing_changes() -> None:
    plain = resolve([])
    assert resolve(answer(ask(MENTIONS))) == plain


QUESTIONS = ask(MENTIONS)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.booleans(), min_size=len(QUESTIONS), max_size=len(QUESTIONS)), st.randoms())
def test_no_answers_overrule_a_hard_veto_and_their_order_does_not_matter(
    same: list[bool], rng: random.Random
) -> None:
    answers = [Answer(question=q, same=s) for q, s in zip(QUESTIONS, same, strict=True)]
    shuffled = list(MENTIONS)
    rng.shuffle(shuffled)
    assert ask(shuffled) == QUESTIONS
    found = resolve(answers)
    rng.shuffle(answers)
    assert resolve(answers) == found
    kinds = dict(NAMES)
    told = {(a.question.left.name, a.question.right.name): a.same for a in answers}
    before = together(resolve([]))
    for left, right in together(found) - before:
        veto = find_veto(*(Candidate(form_of(n), kinds[n], False) for n in (left, right)))
        assert veto is None or veto in SOFT
        assert told.get((left, right)) is not False
    assert {m.id for m in resolve([]).merges} <= {m.id for m in found.merges}


@pytest.mark.parametrize("same", [True, False])
def test_a_decision_is_obeyed_whatever_is_answered(same: bool) -> None:
    decision = Decision(left="gold mining", right="mercury trade", same=same)
    answers = [Answer(question=q, same=not same) for q in QUESTIONS]
    found = together(resolve(answers, decision))
    assert (("gold mining", "mercury trade") in found) is same
    assert settle_decisions([decision]).block_of
