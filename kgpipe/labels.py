"""What people's labels of a fact come to: an adjudicator settles, else all must agree.

Labels hang on wordings. A fact inherits those of all its wordings, so a merge of two facts can
bring labels into conflict that agreed before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from kgpipe.types import Label, Polarity


def settle_labels(labels: Iterable[Label]) -> Polarity | None:
    """What the labels of one fact say together; None without labels, or where they disagree.

    Where somebody has adjudicated, reviewers' labels do not count.
    """
    said = {label.label for label in _deciding(labels)}
    return said.pop() if len(said) == 1 else None


def is_disputed(labels: Iterable[Label]) -> bool:
    """Whether the labels of one fact disagree, and nobody has settled it."""
    return len({label.label for label in _deciding(labels)}) > 1


def trust_annotators(labels: Iterable[Label], gold: Collection[str]) -> tuple[Label, ...]:
    """The labels, those by annotators of `gold`, who are known to be right, as adjudicated."""
    return tuple(
        label.model_copy(update={"role": "adjudicator"}) if label.annotator in gold else label
        for label in labels
    )


def labels_by_key(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """The labels of each wording, ordered by annotator and role."""
    by_key: defaultdict[str, list[Label]] = defaultdict(list)
    for label in sorted(labels, key=lambda one: (one.key, one.annotator, one.role)):
        by_key[label.key].append(label)
    return dict(by_key)


def group_labels(
    keys: Mapping[str, Iterable[str]], labels: Iterable[Label]
) -> dict[str, list[Label]]:
    """The labels of each fact that has any, by its id; ordered by key, annotator and role.

    Args:
        keys: those of each fact's wordings, by the fact's id.
        labels: all.
    """
    by_key = labels_by_key(labels)
    return {
        fact: [label for key in sorted(set(own)) for label in by_key.get(key, ())]
        for fact, own in keys.items()
        if not by_key.keys().isdisjoint(own)
    }


def describe_labels(labels: Iterable[Label]) -> str:
    """Who said what and why: "supported (R1: stated on page 3); refuted (R2)"."""
    words = []
    for label in labels:
        who = label.annotator + " as adjudicator" * (label.role == "adjudicator")
        why = ": ".join(part for part in (who.strip(), label.comment) if part)
        words.append(f"{label.label} ({why})" if why else label.label)
    return "; ".join(words)


def _deciding(labels: Iterable[Label]) -> Sequence[Label]:
    given = list(labels)
    return [label for label in given if label.role == "adjudicator"] or given
