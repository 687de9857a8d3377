import pytest

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.errors import KgpipeError
from kgpipe.types import Passage, Retrieved
from kgpipe.verify.passages import passages_of_text
from kgpipe.verify.readings import ClaimReader, statement_of
from kgpipe.verify.refit import FittedFuser, refit
from tests.verify.builders import make_claim
from tests.verify.made_facts import MadeFact, make_facts

EMBEDDER = MiniLmEmbedder()
FACTS = make_facts(140)


def question(fact: MadeFact) -> Retrieved:
    statement = fact.statement
    passages: list[Passage] = []
    for page in fact.pages:
        passages += passages_of_text(page.text, source=page.source)
    claim = make_claim(statement.subjects[0], statement.predicate, statement.objects[0], id=fact.id)
    return Retrieved(claim=claim, passages=tuple(passages))


def test_a_users_labels_fit_a_model_that_judges_the_other_claims() -> None:
    questions = [question(fact) for fact in FACTS]
    labels = {fact.id: fact.true for fact in FACTS[:110]}
    model = refit(questions, labels, embedder=EMBEDDER, embedder_name=MINILM_NAME, source="mine")
    told = {"labels": 110, "true": sum(labels.values()), "claims": 140, "source": "mine"}
    assert told.items() <= model.record.items()
    values = [(q.claim.predicate, q.claim.object) for q in questions]
    fuser = FittedFuser(model, lambda: ClaimReader(model, EMBEDDER, values=values), name="mine")
    # It weighs the votes of no judge.
    assert not any(fuser.needs_votes(question) for question in questions)
    fused = [(fuser.fuse(q, ()), fact.true) for q, fact in zip(questions, FACTS, strict=True)][110:]
    # A page or two may be shorter than all but one in a hundred of the fit's.
    verdicts = [verdict for verdict, _ in fused if verdict]
    assert len(verdicts) >= 28
    assert all(verdict.calibrated for verdict in verdicts)
    assert sum((v.probability >= 0.5) == true for v, true in fused if v) >= 26
    texts = {page.source: page.text for fact in FACTS for page in fact.pages}
    votes = [vote for verdict in verdicts for vote in verdict.votes]
    assert votes
    assert all(texts[vote.source][vote.start : vote.end] == vote.quote for vote in votes)


def test_too_few_labels_are_refused() -> None:
    questions = [question(fact) for fact in FACTS[:12]]
    with pytest.raises(KgpipeError, match="at least 5 claims labelled"):
        refit(questions, {FACTS[0].id: True}, embedder=EMBEDDER, embedder_name=MINILM_NAME)


def test_aliases_are_names_too() -> None:
    named = question(FACTS[0]).model_copy(update={"aliases": {"s": ("The Miner", "A. Miner")}})
    assert statement_of(named).subjects[1:] == ("The Miner", "A. Miner")


def test_names_of_the_term_table_are_names_where_texts_of_its_language_were_found() -> None:
    claim = make_claim("mercury", "contaminates", "rivers")
    texts = {"es": "El mercurio contamina los rios.", "en": "Mercury contaminates rivers."}
    passages = {
        language: tuple(passages_of_text(text, source="a", language=language))
        for language, text in texts.items()
    }
    abroad, home = (
        statement_of(Retrieved(claim=claim, passages=passages[language])) for language in texts
    )
    assert "mercurio" in abroad.subjects[1:]
    assert home.subjects == ("mercury",)


def test_neither_denials_nor_strange_predicates_are_judged() -> None:
    questions = [question(fact) for fact in FACTS]
    labels = {fact.id: fact.true for fact in FACTS[:110]}
    model = refit(questions, labels, embedder=EMBEDDER, embedder_name=MINILM_NAME)
    fuser = FittedFuser(model, lambda: ClaimReader(model, EMBEDDER), name="mine")
    asked = questions[100]
    for change in ({"negated": True}, {"predicate": "spouse"}):
        claim = asked.claim.model_copy(update=change)
        assert fuser.fuse(asked.model_copy(update={"claim": claim}), ()) is None
