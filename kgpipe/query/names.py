"""Finds the entity that a person means by a name: main names, other names, near ones."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import fuzz, process

from kgpipe.errors import UsageError
from kgpipe.query.statements import Name
from kgpipe.text.normalise import normalise_name
from kgpipe.text.tokens import singular, tokenize
from kgpipe.types import Kind

# Of 100: a slip of the pen in a name of ten letters; what is less near is only proposed.
_NEAR = 90
_PROPOSED = 60
# What a question is about rather than what it asks for; "capital of Peru" is asked for.
_SINGLE: frozenset[Kind] = frozenset(
    {"place", "organisation", "person", "site", "substance", "process", "law"}
)
_COMPOUND = re.compile(r"\b(?:of|del?|d[ao]s?)\b")
_MOST_PROPOSED = 8


def name_key(name: str) -> str:
    """A name without case, accents, article, punctuation and plural."""
    return " ".join(singular(token.form) for token in tokenize(normalise_name(name)))


class NameIndex:
    """All names of a graph's entities.

    Args:
        names: the entities.
        facts: how many facts each is part of, by id: what is stated more is proposed first.
    """

    def __init__(self, names: Iterable[Name], facts: Mapping[str, int] | None = None) -> None:
        self.by_id = {name.id: name for name in names}
        self._facts = facts or {}
        self._main: defaultdict[str, set[str]] = defaultdict(set)
        self._all: defaultdict[str, set[str]] = defaultdict(set)
        for name in self.by_id.values():
            self._main[name_key(name.name)].add(name.id)
            for one in (name.name, *name.others):
                self._all[name_key(one)].add(name.id)

    def resolve(self, asked: str) -> Name:
        """The entity of that name or id.

        Main names come before other names, and these before a single near name.

        Raises:
            UsageError: none has it, or several have; the message lists candidates.
        """
        if asked in self.by_id:
            return self.by_id[asked]
        key = name_key(asked)
        for table in (self._main, self._all):
            if found := table.get(key, set()) if key else set():
                return self._only(found, asked)
        near = self._near(key)
        best = [(score, spelt) for score, spelt in near if score >= _NEAR]
        ids = {one for _, spelt in best for one in self._all[spelt]}
        if len(ids) == 1:
            return self.by_id[next(iter(ids))]
        raise UsageError(self._propose(asked, near))

    def mentioned(self, text: str, *, proper: bool = False, longest: int = 8) -> dict[str, str]:
        """The entities that a text names, by id: the folded words of the text that name each.

        Longer names come first and their parts are not looked up again, so that "Republic of the
        Congo" is not found in the Democratic Republic.

        Args:
            text: in plain words.
            proper: only names of single things: such as the text writes with a capital within a
                sentence, and those of places, people, substances and the like.
            longest: words of a name at most.
        """
        tokens = tokenize(text)
        words = [singular(token.form) for token in tokens]
        free = [True] * len(words)
        found: dict[str, str] = {}
        for size in range(min(longest, len(words)), 0, -1):
            for at in range(len(words) - size + 1):
                part = " ".join(words[at : at + size])
                if not all(free[at : at + size]) or part not in self._all:
                    continue
                ids = sorted(self._all[part])
                capital = at > 0 and text[tokens[at].start].isupper()
                if proper and not capital and not any(map(self._is_proper, ids)):
                    continue
                free[at : at + size] = [False] * size
                found |= dict.fromkeys(ids, part)
        return found

    def _is_proper(self, entity: str) -> bool:
        name = self.by_id[entity]
        return name.kind in _SINGLE and not _COMPOUND.search(name.name)

    def _only(self, ids: set[str], asked: str) -> Name:
        if len(ids) == 1:
            return self.by_id[next(iter(ids))]
        found = self._by_facts([self.by_id[one] for one in ids])
        raise UsageError(
            f"{asked!r} is the name of {len(found)} entities. Give the id of one:\n"
            + self._list(found)
        )

    def _near(self, key: str) -> list[tuple[float, str]]:
        found = process.extract(
            key, list(self._all), scorer=fuzz.WRatio, score_cutoff=_PROPOSED, limit=50
        )
        ranked = [(fuzz.ratio(key, spelt), score, spelt) for spelt, score, _ in found]
        ranked.sort(key=lambda one: (-max(one[0], one[1]), -one[0], one[2]))
        return [(ratio, spelt) for ratio, _, spelt in ranked]

    def _propose(self, asked: str, near: Sequence[tuple[float, str]]) -> str:
        ids = list(dict.fromkeys(one for _, spelt in near for one in sorted(self._all[spelt])))
        if not ids:
            return f"The graph has no entity {asked!r}, nor one with a name like it."
        proposed = [self.by_id[one] for one in ids[:_MOST_PROPOSED]]
        return f"The graph has no entity {asked!r}. The nearest names:\n" + self._list(proposed)

    def _list(self, names: Iterable[Name]) -> str:
        return "\n".join(
            f"  {name.name}{f' ({name.kind})' if name.kind else ''}, "
            f"{self._facts.get(name.id, 0)} facts, {name.id}"
            for name in names
        )

    def _by_facts(self, names: Iterable[Name]) -> list[Name]:
        return sorted(names, key=lambda name: (-self._facts.get(name.id, 0), name.name, name.id))
