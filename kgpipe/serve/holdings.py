"""What a review is about, read from a workspace once: facts, documents, conflicts, merges.

It is read as a whole and then put in the place of what was there, so that a page can go on
answering while facts are resolved anew.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgpipe.deciding import Effect, apply_decisions
from kgpipe.decisions import Decision, pair_key
from kgpipe.errors import KgpipeError
from kgpipe.pipeline import load_graph
from kgpipe.serve.board import Board
from kgpipe.serve.cards import list_pairs
from kgpipe.serve.views import Library
from kgpipe.settings import ReviewSettings
from kgpipe.storage import read_commits, read_run_mark
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Document, Entity, Merge, Triple
from kgpipe.workspace import Workspace


@dataclass(frozen=True)
class Holdings:
    """A workspace as its latest run left it.

    `conflicts` are sets of places on the board, `conflict_of` the number of a place's set. `merges`
    are in the order of review; `pairs` are the keys of all of them, `joined` of those that are not
    kept apart. `commits` and `run_mark` tell when it was read (see `kgpipe.storage`).
    """

    board: Board
    library: Library
    triples: Mapping[str, Triple]
    entities: Mapping[str, Entity]
    entities_of: Mapping[str, frozenset[str]]
    merges: Mapping[str, Merge]
    pairs: frozenset[str]
    joined: frozenset[str]
    conflicts: Sequence[Sequence[int]]
    conflict_of: Mapping[int, int]
    commits: int
    run_mark: str

    def follows(self, decision: Decision) -> bool:
        """Whether the facts are as a decision demands."""
        if not decision.same:
            return decision.key not in self.joined
        left = self.entities_of.get(normalise_name(decision.left))
        right = self.entities_of.get(normalise_name(decision.right))
        # Nothing follows where no text says one of them.
        return left is None or right is None or not left.isdisjoint(right)


def read_holdings(workspace: Workspace, *, settings: ReviewSettings) -> Holdings:
    """Read everything.

    Raises:
        KgpipeError: the workspace holds no facts.
    """
    with workspace.transaction() as database:
        commits, run_mark = read_commits(database), read_run_mark(database)
    graph = load_graph(workspace)
    if not graph.claims:
        raise KgpipeError(
            f"There are no facts in {workspace.folder} yet. Run: kgpipe run INPUT... "
            f"-w {workspace.folder}"
        )
    notes = (workspace.read_note("inputs"), workspace.read_note("evidence"))
    inputs = [Path(path) for note in notes for path in note or ()]
    board = Board(graph, settings=settings)
    sets = sorted(sorted(board.place_of[one] for one in rivals) for rivals in graph.conflicts)
    merges = list_pairs(graph, workspace.decisions())
    entities_of: defaultdict[str, set[str]] = defaultdict(set)
    for entity in graph.entities:
        for name in entity.names:
            entities_of[normalise_name(name)].add(entity.id)
    return Holdings(
        board=board,
        library=Library(
            (*workspace.current("evidence", Document), *graph.documents), inputs=inputs
        ),
        triples={triple.id: triple for triple in graph.triples},
        entities={entity.id: entity for entity in graph.entities},
        entities_of={name: frozenset(ids) for name, ids in entities_of.items()},
        merges={one.id: one for one in merges},
        pairs=frozenset(pair_key(one.left, one.right) for one in merges),
        joined=frozenset(pair_key(one.left, one.right) for one in graph.merges),
        conflicts=sets,
        conflict_of={place: number for number, places in enumerate(sets) for place in places},
        commits=commits,
        run_mark=run_mark,
    )


def reread(workspace: Workspace, *, settings: ReviewSettings) -> Holdings:
    """Read everything anew, after another process has changed the facts.

    Raises:
        KgpipeError: a run is under way.
    """
    with workspace.exclusive():
        return read_holdings(workspace, settings=settings)


def resolve_anew(workspace: Workspace, *, settings: ReviewSettings) -> tuple[Effect, Holdings]:
    """Resolve the stored facts as the stored decisions say, and read everything anew.

    Raises:
        KgpipeError: a run is under way, or the facts cannot be resolved.
    """
    with workspace.exclusive():
        effect = apply_decisions(workspace)
        return effect, read_holdings(workspace, settings=settings)
