"""The grey band: names that are near and yet apart, which a language model is asked about.

Only what keeps names apart for want of proof may give way to an answer: a threshold that was not
reached, or a veto of `veto.SOFT`. What decisions and all other vetoes keep apart is never asked
and never joined, also not by way of third names: an answer is about two clusters, and lifts the
soft vetoes between these two alone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kgpipe.decisions import Constraints
from kgpipe.dedupe.block import find_pairs
from kgpipe.dedupe.cluster import cluster_pairs
from kgpipe.dedupe.nodes import Node, are_apart
from kgpipe.dedupe.normalise import content_words
from kgpipe.dedupe.veto import SOFT, Candidate
from kgpipe.ids import content_id
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind, Record

# The reason of a merge that a model's answer gave.
JUDGED = "judged"
# About the longest sentence that says something; of a longer text the part around the name is told.
MAX_STATEMENT_CHARS = 300
_NO_VETO: frozenset[str] = frozenset()


class Side(Record):
    """A name as it is asked about; `said` is a statement that it is part of, "" without one."""

    name: str
    kind: Kind
    said: str


class Question(Record):
    """Whether two names are one thing. The left one is the first in the alphabet."""

    left: Side
    right: Side
    cosine: float

    @property
    def key(self) -> str:
        """The hash of all that is asked, and of the cosine."""
        return content_id("question", self.model_dump(mode="json"))


class Questions(Record):
    """By falling cosine."""

    questions: tuple[Question, ...]


class Answer(Record):
    """What a model said about a question."""

    question: Question
    same: bool


def find_grey_pairs(
    nodes: Sequence[Node],
    clusters: Sequence[Sequence[int]],
    *,
    said: Mapping[str, str],
    candidates: Sequence[tuple[int, Candidate]],
    settings: DedupeSettings,
    embedder: Embedder,
    constraints: Constraints,
) -> Questions:
    """Ask about the nearest names of two clusters that may be one, the nearest clusters first.

    A name of one word that stands in names of several other clusters is not asked about: "Bush"
    is short for either of two people, and "mercury" for nothing that is made of it.

    Args:
        nodes: of a corpus.
        clusters: rows of nodes that are one so far.
        said: of each name a statement that it is part of.
        candidates: rows of nodes, and what they are compared as.
        settings: from which cosine on, and how many questions at most.
        embedder: embeds each candidate.
        constraints: what people decided.
    """
    if not settings.max_questions:
        return Questions(questions=())
    cluster_of = {row: number for number, cluster in enumerate(clusters) for row in cluster}
    vague = _find_vague(candidates, cluster_of)
    vectors = embedder.embed([candidate.form.text for _, candidate in candidates])
    seen: set[tuple[int, int]] = set()
    questions: list[Question] = []
    for cosine, one, other in find_pairs(vectors, threshold=settings.judge_from):
        left, right = (candidates[at][0] for at in (one, other))
        first, second = sorted((cluster_of[left], cluster_of[right]))
        if first == second or (first, second) in seen or {left, right} & vague:
            continue
        if are_apart(nodes[left], nodes[right], constraints, lifted=SOFT):
            continue
        seen.add((first, second))
        if _are_clusters_apart(nodes, clusters[first], clusters[second], constraints, lifted=SOFT):
            continue
        sides = sorted((_side(nodes[row], said) for row in (left, right)), key=lambda s: s.name)
        questions.append(Question(left=sides[0], right=sides[1], cosine=cosine))
        if len(questions) == settings.max_questions:
            break
    return Questions(questions=tuple(questions))


def join_judged(
    nodes: Sequence[Node],
    clusters: Sequence[Sequence[int]],
    answers: Sequence[Answer],
    *,
    constraints: Constraints,
) -> tuple[list[list[int]], list[tuple[float, int, int]]]:
    """Join clusters as a model said, by falling cosine; its order changes nothing.

    Clusters about which nobody was asked, or which were said to be different things, do not come
    together by way of a third if anything at all speaks against it.

    Returns:
        The clusters, each sorted, by first row; and the pairs (cosine, left, right) of rows that
        joined them.
    """
    if not answers:
        return [list(cluster) for cluster in clusters], []
    cluster_of = {row: number for number, cluster in enumerate(clusters) for row in cluster}
    row_of = {name: row for row, node in enumerate(nodes) for name in node.names}
    same: dict[tuple[int, int], tuple[float, int, int]] = {}
    different: set[tuple[int, int]] = set()
    for answer in sorted(answers, key=lambda one: (-one.question.cosine, one.question.key)):
        left, right = (row_of[side.name] for side in (answer.question.left, answer.question.right))
        first, second = sorted((cluster_of[left], cluster_of[right]))
        if answer.same:
            same.setdefault((first, second), (answer.question.cosine, left, right))
        else:
            different.add((first, second))

    def conflicts(one: int, other: int) -> bool:
        pair = min(one, other), max(one, other)
        if pair in different:
            return True
        lifted = SOFT if pair in same else _NO_VETO
        return _are_clusters_apart(nodes, clusters[one], clusters[other], constraints, lifted)

    pairs = [(cosine, *pair) for pair, (cosine, _, _) in same.items()]
    found, joined = cluster_pairs(len(clusters), pairs, conflicts=conflicts)
    grown = [sorted(row for number in group for row in clusters[number]) for group in found]
    return sorted(grown), [same[first, second] for _, first, second in joined]


def _find_vague(
    candidates: Sequence[tuple[int, Candidate]], cluster_of: Mapping[int, int]
) -> set[int]:
    """Rows of names of one word that stands in names of two or more other clusters."""
    holders: defaultdict[str, set[int]] = defaultdict(set)
    alone: list[tuple[int, str]] = []
    for row, candidate in candidates:
        words = content_words(candidate.form.words)
        for word in words:
            holders[word].add(cluster_of[row])
        if len(words) == 1:
            alone.append((row, words[0]))
    return {row for row, word in alone if len(holders[word] - {cluster_of[row]}) > 1}


def _are_clusters_apart(
    nodes: Sequence[Node],
    left: Sequence[int],
    right: Sequence[int],
    constraints: Constraints,
    lifted: frozenset[str],
) -> bool:
    return any(
        are_apart(nodes[one], nodes[other], constraints, lifted=lifted)
        for one in left
        for other in right
    )


def _side(node: Node, said: Mapping[str, str]) -> Side:
    told = next(((name, said[name]) for name in node.names if said.get(name)), ("", ""))
    return Side(name=node.main, kind=node.candidates[0][0].kind, said=_clip(*told))


def _clip(name: str, told: str) -> str:
    """One line of a statement, of at most 300 characters around the name."""
    told = " ".join(told.split())
    at = max(0, told.casefold().find(name.casefold()))
    start = max(0, min(at - MAX_STATEMENT_CHARS // 2, len(told) - MAX_STATEMENT_CHARS))
    return told[start : start + MAX_STATEMENT_CHARS]
