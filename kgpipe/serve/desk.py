"""Where answers are given: reads the workspace into memory, and writes each answer at once.

Every label and decision is one commit before the request is answered, so that a kill of the server
loses none. What other processes write (an import, another server) is seen at the next request.
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from kgpipe.decisions import Decision, find_disputes, pair_key, settle_decisions
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.serve.board import Board, Filters
from kgpipe.serve.cards import describe_fact, describe_merge, describe_support
from kgpipe.serve.holdings import Holdings, read_holdings
from kgpipe.serve.views import Library
from kgpipe.settings import ReviewSettings
from kgpipe.storage import delete_label, read_commits, read_run_mark
from kgpipe.types import Document, Label, Polarity, Record
from kgpipe.workspace import Workspace

# A page of notes; a longer one is a file that was pasted by mistake.
_LONGEST_COMMENT, _LONGEST_NAME = 10_000, 200


class Opinion(Record):
    """What a reviewer says of a fact."""

    label: Polarity
    comment: str = Field(default="", max_length=_LONGEST_COMMENT)


class FactAnswer(Record):
    """An opinion on a fact; None takes the reviewer's own back.

    With `replaces` it counts only if that is what stands there still: so does an undo that comes
    after somebody labelled anew in another tab do no harm.
    """

    fact: str
    reviewer: str = Field(max_length=_LONGEST_NAME)
    opinion: Opinion | None
    replaces: Opinion | None = None


class MergeAnswer(Record):
    """Whether the two names of a merge are one thing; None takes the reviewer's decision back."""

    merge: str
    reviewer: str = Field(max_length=_LONGEST_NAME)
    same: bool | None
    note: str = Field(default="", max_length=_LONGEST_COMMENT)


class Desk:
    """One workspace under review.

    Args:
        workspace: stays open as long as the desk.
        settings: of the order of review.
        reviewer: offered as the name of whoever opens the page.

    Attributes:
        revision: grows with every answer, whoever gave it; a page asks for it to stay up to date.

    Raises:
        KgpipeError: the workspace holds no facts.
    """

    def __init__(
        self, workspace: Workspace, *, settings: ReviewSettings, reviewer: str = ""
    ) -> None:
        self.workspace = workspace
        self.settings = settings
        self.reviewer = reviewer
        self.revision = 0
        self.take(read_holdings(workspace, settings=settings))

    @property
    def board(self) -> Board:
        """The facts."""
        return self._held.board

    @property
    def library(self) -> Library:
        """The documents."""
        return self._held.library

    def take(self, held: Holdings) -> None:
        """Work on these from now on; what was said while they were read counts."""
        self._held = held
        self._commits = held.commits
        self._stale = False
        self.board.read_labels(self.workspace.labels())
        self._take_decisions(self.workspace.decisions())
        self.revision += 1

    def catch_up(self) -> None:
        """See what other processes have written since the last request."""
        with self.workspace.transaction() as database:
            commits = read_commits(database)
            if commits == self._commits:
                return
            self._commits = commits
            stale = read_run_mark(database) != self._held.run_mark
        # A run commits item by item: most commits are about neither labels nor decisions.
        decisions = self.workspace.decisions()
        changed = self.board.read_labels(self.workspace.labels())
        if changed or decisions != self._decisions or stale != self._stale:
            self._stale = stale
            self._take_decisions(decisions)
            self.revision += 1

    # ------------------------------------------------------------ read

    def overview(self, reviewer: str) -> dict[str, Any]:
        """What the page shows beside facts: progress, and whether it is behind the workspace."""
        return {
            "revision": self.revision,
            "stale": self._stale,
            "unapplied": self._unapplied,
            **self.board.count(reviewer),
            "conflicts": len(self._held.conflicts),
            "merges": len(self._held.merges),
            "merges_decided": len({one.key for one in self._decisions} & self._held.pairs),
        }

    def fact(
        self, filters: Filters, *, reviewer: str, start: str = "", move: str = "stay"
    ) -> dict[str, Any]:
        """The fact at, or next to, the one with the id `start` among those that the filters let in.

        Returns:
            `fact` (None where nothing is let in), its `number` among the `matching` ones.
        """
        found = self.board.find(filters, reviewer)
        place = self.board.place_of.get(start)
        if not (move == "stay" and place is not None):
            move = "next" if move == "stay" else move
            place = self.board.step(found, place, move) if len(found) else None
        number = 0 if place is None else int(found.searchsorted(place)) + 1
        listed = place is not None and number <= len(found) and found[number - 1] == place
        return {
            "fact": None if place is None else self._fact(place, reviewer),
            "number": number if listed else 0,
            "matching": len(found),
            "overview": self.overview(reviewer),
        }

    def conflict(self, number: int, reviewer: str) -> dict[str, Any]:
        """Facts of which at most one is true, side by side.

        Raises:
            UsageError: there is no such set.
        """
        if not 0 <= number < len(self._held.conflicts):
            raise UsageError(f"There is no set of conflicting facts {number + 1}.")
        facts = [self._fact(place, reviewer) for place in self._held.conflicts[number]]
        return {
            "facts": facts, "number": number + 1, "matching": len(self._held.conflicts),
            "overview": self.overview(reviewer),
        }  # fmt: skip

    def merge(self, number: int, reviewer: str) -> dict[str, Any]:
        """One pair of names that became one, or was kept apart.

        Raises:
            UsageError: there is no such merge.
        """
        merges = list(self._held.merges.values())
        if not 0 <= number < len(merges):
            raise UsageError(f"There is no merge {number + 1}.")
        one = merges[number]
        described = describe_merge(
            one, self._decisions, entity=self._held.entities.get(one.entity_id),
            triples=self._held.triples, library=self.library, reviewer=reviewer,
        )  # fmt: skip
        return {
            "merge": described, "number": number + 1, "matching": len(merges),
            "overview": self.overview(reviewer),
        }  # fmt: skip

    def view(self, document: str, start: int, end: int, *, plain: bool = False) -> dict[str, Any]:
        """Where a stretch of a document stands; see `Library.view`.

        Raises:
            UsageError: there is no such document, or stretch of it.
        """
        return self.library.view(self.document(document, start, end), start, end, plain=plain)

    def document(self, identifier: str, start: int = 0, end: int = 0) -> Document:
        """A document that holds the offsets `start` to `end`.

        Raises:
            UsageError: there is none.
        """
        document = self.library.by_id.get(identifier)
        if document is None or not 0 <= start <= end <= len(document.text):
            raise UsageError(f"The workspace holds no document {identifier} from {start} to {end}.")
        return document

    def _fact(self, place: int, reviewer: str) -> dict[str, Any]:
        return {
            **describe_fact(place, self.board, self.library, reviewer=reviewer),
            "support": describe_support(place, self.board, self.library, self._held.triples),
            "conflict": self._held.conflict_of.get(place, -1) + 1,
        }

    # ------------------------------------------------------------ write

    def label(self, answer: FactAnswer) -> dict[str, Any]:
        """Store a label, or take one back.

        Returns:
            `former`: what the reviewer had said of the fact before, None if nothing.

        Raises:
            UsageError: there is no such fact.
            KgpipeError: what it replaces is no longer there.
        """
        place = self.board.place_of.get(answer.fact)
        if place is None:
            raise UsageError(f"The workspace holds no fact {answer.fact}. Load the page again.")
        key = self.board.keys[place]
        reviewer = answer.reviewer.strip()
        former = self.board.label_of(key, reviewer)
        standing = former and Opinion(label=former.label, comment=former.comment)
        if answer.replaces is not None and standing != answer.replaces:
            raise KgpipeError(
                "Not undone: the label was changed since, in another tab or by an import."
            )
        label = None
        if answer.opinion is None:
            with self.workspace.transaction() as database:
                delete_label(database, key, reviewer)
        else:
            label = Label(
                key=key, annotator=reviewer, label=answer.opinion.label,
                comment=answer.opinion.comment.strip(), labelled_at=_now(),
                evidence=self.board.digest_seen(place),
            )  # fmt: skip
            self.workspace.save_labels([label])
        self.board.put_label(key, reviewer, label)
        self.revision += 1
        return {
            "former": standing and standing.model_dump(),
            "overview": self.overview(reviewer),
        }

    def decide(self, answer: MergeAnswer) -> dict[str, Any]:
        """Store a decision on two names, or take one back; facts change when it is applied.

        Returns:
            `former`: what the reviewer had decided before, None if nothing.

        Raises:
            UsageError: there is no such merge.
            KgpipeError: it contradicts other decisions.
        """
        merge = self._held.merges.get(answer.merge)
        if merge is None:
            raise UsageError(f"The workspace holds no merge {answer.merge}. Load the page again.")
        reviewer, key = answer.reviewer.strip(), pair_key(merge.left, merge.right)
        on_pair = [one for one in self._decisions if one.key == key]
        former = next((one for one in on_pair if one.annotator == reviewer), None)
        kept = [one for one in on_pair if one != former]
        if answer.same is not None:
            kept.append(
                Decision(
                    left=merge.left, right=merge.right, same=answer.same, annotator=reviewer,
                    note=answer.note.strip(),
                )
            )  # fmt: skip
        elsewhere = [one for one in self._decisions if one.key != key]
        settle_decisions([*elsewhere, *kept])
        self.workspace.save_decisions(kept, instead_of=[key])
        self._take_decisions(self.workspace.decisions())
        self.revision += 1
        return {
            "former": former and former.model_dump(include={"same", "note"}),
            "overview": self.overview(reviewer),
        }

    def _take_decisions(self, decisions: list[Decision]) -> None:
        """Keep decisions, and count the pairs on which the facts do not follow them yet."""
        self._decisions = decisions
        disputed = find_disputes(decisions)
        agreed = {one.key: one for one in decisions if one.key not in disputed}
        self._unapplied = sum(not self._held.follows(one) for one in agreed.values())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
