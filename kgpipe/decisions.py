"""What people decide about pairs of names, and what follows from all of it together.

A decision is about two normalised names, never about an id, so that it outlives merges, runs and
models. Where the two differ in case or typography alone ("US", "us"), the spelling counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Record


class Decision(Record):
    """Whether two names, as somebody spelt them, are one thing."""

    left: str
    right: str
    same: bool
    annotator: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """What it is stored under; the same for both orders and all spellings of the two names."""
        return pair_key(self.left, self.right)


@dataclass(frozen=True)
class Constraints:
    """What resolution must obey.

    Names are looked up by `term_of`. `block_of` numbers blocks of terms that decisions join, by way
    of names that the corpus need not have; no two blocks of a pair in `apart` may share an entity.
    `same` are the pairs of terms that were decided, `split` the normalised names under which
    spellings are kept apart.
    """

    block_of: Mapping[str, int]
    apart: frozenset[tuple[int, int]]
    same: tuple[tuple[str, str], ...]
    split: frozenset[str]

    def term_of(self, name: str) -> str:
        """The normalised name, or the name as it is spelt if decisions tell its spellings apart."""
        return _term(name, self.split)

    def block(self, name: str) -> int | None:
        """The block of a name; None if nothing was decided about it."""
        return self.block_of.get(self.term_of(name))

    def separate(self, left: Iterable[int], right: Iterable[int]) -> bool:
        """Whether a block of the one side must stay apart from a block of the other."""
        return any((a, b) in self.apart for a in left for b in right)

    @property
    def digest(self) -> str:
        """Changes with what is to be obeyed, not with who said it; "" without decisions."""
        if not self.block_of:
            return ""
        return content_id(
            "decisions", sorted(self.block_of.items()), sorted(self.apart), self.same,
            sorted(self.split),
        )  # fmt: skip


def pair_key(left: str, right: str) -> str:
    """The key of an unordered pair of names."""
    terms = sorted((normalise_name(left), normalise_name(right)))
    return content_id("pair", *(terms if terms[0] != terms[1] else sorted((left, right))))


def find_disputes(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """The decisions on each pair about which people disagree, by the pair's key."""
    return {key: found for key, found in _by_pair(decisions).items() if _is_disputed(found)}


def settle_decisions(decisions: Iterable[Decision]) -> Constraints:
    """What the decisions demand together; a pair about which people disagree demands nothing.

    Raises:
        KgpipeError: names that must stay apart are joined by a chain of other decisions.
    """
    agreed = [found[0] for found in _by_pair(decisions).values() if not _is_disputed(found)]
    split = frozenset(
        normalise_name(one.left)
        for one in agreed
        if not one.same and normalise_name(one.left) == normalise_name(one.right)
    )
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for one in agreed:
        left, right = _terms(one, split)
        joined[left] |= {right} if one.same else set()
        joined[right] |= {left} if one.same else set()
    block_of: dict[str, int] = {}
    for number, term in enumerate(sorted(joined)):
        if term not in block_of:
            block_of |= dict.fromkeys(_reach(term, joined), number)
    apart = set()
    for one in agreed:
        if one.same:
            continue
        left, right = _terms(one, split)
        if block_of[left] == block_of[right]:
            raise KgpipeError(_explain(one, _chain(left, right, joined)))
        apart |= {(block_of[left], block_of[right]), (block_of[right], block_of[left])}
    same = sorted({tuple(sorted(_terms(one, split))) for one in agreed if one.same})
    return Constraints(
        block_of=block_of,
        apart=frozenset(apart),
        same=tuple((left, right) for left, right in same if left != right),
        split=split,
    )


def _by_pair(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    pairs: defaultdict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        pairs[one.key].append(one)
    return {
        key: sorted(found, key=lambda one: (one.annotator, one.left, one.right, one.same))
        for key, found in sorted(pairs.items())
    }


def _is_disputed(decisions: Iterable[Decision]) -> bool:
    return len({one.same for one in decisions}) > 1


def _reach(start: str, joined: Mapping[str, set[str]]) -> dict[str, str]:
    """Each term that can be reached from `start`, with the one before it on a shortest way."""
    before = {start: start}
    queue = [start]
    for term in queue:
        for other in sorted(joined[term] - before.keys()):
            before[other] = term
            queue.append(other)
    return before


def _chain(left: str, right: str, joined: Mapping[str, set[str]]) -> list[str]:
    before = _reach(left, joined)
    chain = [right]
    while chain[-1] != left:
        chain.append(before[chain[-1]])
    return chain[::-1]


def _terms(decision: Decision, split: frozenset[str]) -> tuple[str, str]:
    return _term(decision.left, split), _term(decision.right, split)


def _term(name: str, split: frozenset[str]) -> str:
    plain = normalise_name(name)
    return name if plain in split else plain


def _explain(decision: Decision, chain: list[str]) -> str:
    steps = ", ".join(f"{a!r} = {b!r}" for a, b in pairwise(chain))
    return (
        f"Decisions contradict each other: {decision.left!r} and {decision.right!r} must stay "
        f"apart, but are the same by {steps or 'their spelling'}. Change one of them."
    )


# Nobody has decided anything.
UNCONSTRAINED = settle_decisions(())
