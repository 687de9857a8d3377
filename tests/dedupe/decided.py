"""Names, facts and decisions for the tests of what people decide."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.decisions import Decision, settle_decisions
from kgpipe.dedupe.resolve import resolve_triples
from kgpipe.errors import KgpipeError
from kgpipe.settings import DedupeSettings
from kgpipe.types import Resolution, Triple

# Merges of every reason, and homonyms that only their spelling tells apart.
NAMES = (
    "mercury", "Mercury", "Hg", "mercurio", "mercury exports", "mercury export", "GOLD", "gold",
    "Gold", "AMW", "Amazon Mining Watch", "mercury production", "production of mercury",
    "producing mercury", "Ghana", "Republic of Ghana", "Guyana", "quicksilver", "azogue",
)  # fmt: skip
# As somebody may spell a name that the corpus has, or has not.
SPELT = (*NAMES, "the MERCURY", "quick-silver", "liquid silver")
DECISIONS = st.lists(
    st.builds(
        Decision,
        left=st.sampled_from(SPELT),
        right=st.sampled_from(SPELT),
        same=st.booleans(),
        annotator=st.sampled_from(["", "R"]),
    ).filter(lambda one: one.left != one.right),
    max_size=6,
)


class RememberingEmbedder:
    """The real model, asked once for each text: properties resolve the same names often."""

    def __init__(self) -> None:
        self._model = MiniLmEmbedder()
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        for text in texts:
            if text not in self._known:
                self._known[text] = self._model.embed([text])[0]
        found = [self._known[text] for text in texts]
        return np.stack(found) if found else self._model.embed([])


EMBEDDER = RememberingEmbedder()


def facts_of(names: Sequence[str]) -> list[Triple]:
    """Each name uses and is found near something, in a document of its own."""
    return [
        Triple(
            id=f"{name}/{predicate}", document_id=f"d{row}", subject=name, predicate=predicate,
            object=obj, evidence=None, extractor="test",
        )
        for row, name in enumerate(names)
        for predicate, obj in (("use", "water"), ("be found near", "river"))
    ]  # fmt: skip


def resolve(triples: Sequence[Triple], *decisions: Decision) -> Resolution:
    return resolve_triples(
        triples,
        definitions=[("AMW", "Amazon Mining Watch")],
        settings=DedupeSettings(relation_threshold=1),
        embedder=EMBEDDER,
        decisions=decisions,
    )


def agree(decisions: Sequence[Decision]) -> bool:
    """Whether the decisions can all be obeyed."""
    try:
        settle_decisions(decisions)
    except KgpipeError:
        return False
    return True


def together(resolution: Resolution) -> set[tuple[str, str]]:
    """All pairs of names that share an entity, in both orders."""
    pairs = [p for one in resolution.entities for p in combinations(one.names, 2)]
    return {(left, right) for pair in pairs for left, right in (pair, pair[::-1])}
