"""How often things are named: counts that a query would take longest to make."""

from array import array
from collections import Counter

import numpy as np

from kgpipe.publish.facts import Fact

# A thing and a document share 64 bits.
_BITS = 32


class Mentions:
    """Counts facts and documents of things; 16 bytes are held for each document of a fact."""

    def __init__(self) -> None:
        self._facts: Counter[str] = Counter()
        self._things: dict[str, int] = {}
        self._documents: dict[str, int] = {}
        self._pairs = array("Q")
        self._counted: list[int] | None = None

    def add(self, fact: Fact) -> None:
        """Count a claim whose bare triple is a fact, if a document states it word for word."""
        if not (fact.stated and fact.sources):
            return
        for thing in {fact.claim.subject_id, fact.claim.object_id}:
            self._facts[thing] += 1
            number = self._things.setdefault(thing, len(self._things))
            for source in fact.sources:
                document = self._documents.setdefault(source, len(self._documents))
                self._pairs.append(number << _BITS | document)

    def count(self, thing: str) -> tuple[int, int]:
        """Facts about a thing, and documents that state any of them; after the last `add`."""
        if self._counted is None:
            pairs = np.unique(np.asarray(self._pairs, dtype=np.uint64))
            things = (pairs >> np.uint64(_BITS)).astype(np.int64)
            self._counted = np.bincount(things, minlength=len(self._things)).tolist()
        number = self._things.get(thing)
        return (0, 0) if number is None else (self._facts[thing], self._counted[number])
