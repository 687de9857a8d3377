from kgpipe.review.agreement import describe_agreement, measure_agreement
from kgpipe.text.normalise import label_key
from kgpipe.types import Label
from tests.review.builders import make_graph, make_review, make_triple

TRIPLES = [make_triple(str(number), f"camp {number}", "mercury") for number in range(10)]


def labels_of(name: str, words: str, role: str = "reviewer") -> list[Label]:
    """A letter a fact: s, r, u, or a blank."""
    full = {word[0]: word for word in ("supported", "refuted", "unclear")}
    return [
        Label.model_validate({"key": label_key(triple), "label": full[letter], "annotator": name,
                              "role": role})
        for triple, letter in zip(TRIPLES, words, strict=False)
        if letter != " "
    ]  # fmt: skip


def test_agreement_of_those_who_met() -> None:
    labels = labels_of("R1", "ssssssrrru") + labels_of("R2", "sssssrrrr ") + labels_of("R3", "s")
    review = make_review(make_graph(TRIPLES, [], labels=tuple(labels)))
    found = measure_agreement(review)
    assert found.facts == 9
    # Fact 0 has three equal pairs of three, facts 1 to 4 and 6 to 8 one of one, fact 5 none.
    assert found.observed.value == 0.888889
    pairs = {(one.first, one.second): one for one in found.pairs}
    assert pairs["R1", "R2"].shared == 9
    # Observed 8/9; by chance 6/9 * 5/9 + 3/9 * 4/9.
    assert pairs["R1", "R2"].kappa.value == round((8 / 9 - 42 / 81) / (1 - 42 / 81), 6)
    assert pairs["R1", "R3"].shared == 1
    assert found.krippendorff.low is not None and found.krippendorff.low < 1
    lines = describe_agreement(found)
    assert lines[0].startswith("89% (67% to 100%) of pairs of labels are equal, over 9 facts")
    assert any("Cohen's kappa of R1 and R2 (9 facts)" in line for line in lines)


def test_adjudicators_are_no_reviewers_and_nobody_agrees_alone() -> None:
    labels = labels_of("R1", "ss") + labels_of("R2", "ss", role="adjudicator")
    found = measure_agreement(make_review(make_graph(TRIPLES, [], labels=tuple(labels))))
    assert (found.facts, found.pairs, describe_agreement(found)) == (0, (), [])


def test_all_alike_is_undefined() -> None:
    labels = labels_of("R1", "ss") + labels_of("R2", "ss")
    found = measure_agreement(make_review(make_graph(TRIPLES, [], labels=tuple(labels))))
    assert found.krippendorff.value is None
    assert "undefined: Krippendorff's alpha" in describe_agreement(found)
