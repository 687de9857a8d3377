from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.verify.fusion import group_folds
from kgpipe.verify.rivals import collect_values
from kgpipe.verify.sightings import Page
from kgpipe.verify.signals import (
    COUNT_SIGNALS,
    SIGNALS,
    ClaimEvidence,
    Statement,
    gather_evidence,
    signals_out_of_fold,
)
from tests.verify.made_facts import MadeFact, make_facts

EMBEDDER = MiniLmEmbedder()


def gather(facts: Sequence[MadeFact]) -> list[ClaimEvidence]:
    rivals = collect_values((f.statement.predicate, f.statement.objects[0]) for f in facts)
    return [gather_evidence(f.statement, f.pages, embedder=EMBEDDER, rivals=rivals) for f in facts]


def signals(facts: Sequence[MadeFact]) -> Any:
    folds = group_folds([f.statement.subjects[0] for f in facts], folds=4)
    return signals_out_of_fold(gather(facts), folds, EMBEDDER)


def test_ids_page_ids_and_row_order_change_nothing() -> None:
    facts = make_facts(24)
    renamed = [
        fact._replace(
            id=f"other-{number}",
            pages=tuple(Page(f"z{place}", page.text) for place, page in enumerate(fact.pages)),
        )
        for number, fact in enumerate(facts)
    ]
    order = np.random.default_rng(1).permutation(len(facts))
    shuffled = signals([renamed[at] for at in order])
    assert shuffled == pytest.approx(signals(facts)[order], abs=1e-6)


def test_gold_labels_reach_no_signal() -> None:
    facts = make_facts(16)
    turned = [fact._replace(true=not fact.true) for fact in facts]
    assert (signals(facts) == signals(turned)).all()
    assert "true" not in Statement._fields + ClaimEvidence._fields


def test_true_claims_have_more_of_what_supports() -> None:
    facts = make_facts(40)
    matrix = signals(facts)
    true = np.array([fact.true for fact in facts])
    for name in ("pages_sentence", "told_log", "said_pages", "value_share"):
        column = matrix[:, SIGNALS.index(name)]
        assert column[true].mean() > column[~true].mean(), name


def test_without_pages_everything_is_nought() -> None:
    (evidence,) = gather([make_facts(1)[0]._replace(pages=())])
    assert len(evidence.counts) == len(COUNT_SIGNALS)
    assert not evidence.counts.any()
    assert len(evidence.windows.weights) == 0


def test_quotes_stand_verbatim_in_their_sources() -> None:
    fact = next(fact for fact in make_facts(8) if fact.true)
    texts = {page.source: page.text for page in fact.pages}
    (evidence,) = gather([fact])
    assert evidence.quotes
    for quote in evidence.quotes:
        assert texts[quote.source][quote.start : quote.end] == quote.text


def test_a_flood_of_copies_counts_once() -> None:
    fact = make_facts(1)[0]
    flood = [Page(f"copy{n}", f"{fact.pages[0].text} Copy {n}.") for n in range(50)]
    (once,) = gather([fact._replace(pages=fact.pages[:1])])
    (often,) = gather([fact._replace(pages=tuple(flood))])
    assert often.pages == 1
    assert often.counts == pytest.approx(once.counts)
