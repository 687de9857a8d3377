"""The paper's own framework, whole, on a hundred facts of FactBench with a model of the user's.

A call a page makes it dear, so that it runs on a sample that keeps the shares of predicates and
labels. The order of the recorded search stands for the PageRank of domains, and pages are cut to
2,000 characters. What was answered stays in `das.jsonl` and is not asked again.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.factbench_data import Fact, FactBench
from kgpipe.bench.factbench_score import System, compare, score_system
from kgpipe.errors import ItemError, ServiceError
from kgpipe.ids import content_id
from kgpipe.ports import ChatModel
from kgpipe.settings import VerifySettings
from kgpipe.types import Claim, Passage, Retrieved
from kgpipe.verify.das import verify_as_das
from kgpipe.verify.sightings import Page

Floats = NDArray[np.float64]

FACTS = 100
PAGE_CHARS = 2_000
NAME = "das (whole)"


def compare_with_das(
    bench: FactBench,
    labels: Floats,
    ours: Sequence[System],
    out: Path,
    *,
    chat: ChatModel,
) -> dict[str, Any]:
    """Run the framework on the sample, and score it and `ours` there.

    Args:
        bench: facts and pages.
        labels: 1 or 0; used to draw the sample and to count.
        ours: systems with a probability for every fact of the bench.
        out: keeps the answers.
        chat: the framework's model.
    """
    chosen = draw_sample(bench.facts, labels)
    chances = _ask_all([bench.facts[at] for at in chosen], bench, chat, out / "das.jsonl")
    answered = [place for place, chance in enumerate(chances) if chance is not None]
    places = np.array([chosen[place] for place in answered], dtype=np.int64)
    das = System(NAME, np.array([chances[place] for place in answered], dtype=np.float64))
    here = [System(system.name, system.probabilities[places]) for system in ours]
    subjects = [bench.facts[at].subject for at in places.tolist()]
    return {
        "facts": len(places),
        "failed": len(chosen) - len(places),
        "model": chat.name,
        "systems": [score_system(one, labels[places], subjects) for one in (das, *here)],
        "mcnemar": [compare(one, das, labels[places]) for one in here],
    }


def draw_sample(facts: Sequence[Fact], labels: Floats, *, count: int = FACTS) -> list[int]:
    """Places of `count` facts, of each predicate and label in proportion, the same every time."""
    cells: defaultdict[tuple[str, float], list[int]] = defaultdict(list)
    for at, (fact, label) in enumerate(zip(facts, labels.tolist(), strict=True)):
        cells[fact.predicate, label].append(at)
    ranked = []
    for members in cells.values():
        members.sort(key=lambda at: content_id("draw", facts[at].id))
        # The share of its own cell that a fact completes: sorting by it draws all cells alike.
        ranked += [((rank + 0.5) / len(members), at) for rank, at in enumerate(members)]
    return sorted(at for _, at in sorted(ranked)[:count])


def _ask_all(
    facts: Sequence[Fact], bench: FactBench, chat: ChatModel, store: Path
) -> list[float | None]:
    """The share of Yes for each fact; None where the model failed."""
    store.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, float] = {}
    if store.is_file():
        rows = map(json.loads, store.read_text(encoding="utf-8").splitlines())
        known = {row["id"]: row["share"] for row in rows if row["model"] == chat.name}
    ask = partial(
        verify_as_das, settings=VerifySettings(), chat=chat, search=_NoSearch(),
        page_chars=PAGE_CHARS,
    )  # fmt: skip
    with store.open("a", encoding="utf-8") as file:
        for fact in facts:
            if fact.id in known:
                continue
            try:
                verdict = ask(_question(fact, bench.pages.get(fact.id, ())))
            except (ServiceError, ItemError):
                continue
            known[fact.id] = verdict.probability
            row = {"id": fact.id, "model": chat.name, "share": verdict.probability,
                   "reason": verdict.reason}  # fmt: skip
            file.write(json.dumps(row) + "\n")
            file.flush()
    return [known.get(fact.id) for fact in facts]


class _NoSearch:
    """Every page was given; a fact without any is asked about with none."""

    def search(self, query: str, *, limit: int) -> list[Passage]:
        """Nothing."""
        return []


def _question(fact: Fact, pages: Sequence[Page]) -> Retrieved:
    claim = Claim(
        id=fact.id, subject_id="s", object_id="o", subject=fact.subject,
        predicate=fact.predicate, object=fact.object, support=(), documents=(), keys=(),
    )  # fmt: skip
    passages = tuple(
        Passage(id=f"{fact.id}:{page.source}", source=page.source, text=page.text) for page in pages
    )
    return Retrieved(claim=claim, passages=passages)
