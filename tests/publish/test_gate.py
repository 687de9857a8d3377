import pytest

from kgpipe.publish.gate import Gate, gate_claim
from kgpipe.settings import PublishSettings
from kgpipe.types import Label, Polarity
from tests.publish.graphs import make_verdict, sample_graph

CLAIM = sample_graph().claims[0]


def labels(*answers: Polarity) -> list[Label]:
    return [
        Label(key=CLAIM.keys[0], label=answer, annotator=str(number))
        for number, answer in enumerate(answers)
    ]


@pytest.mark.parametrize(
    ("answers", "gate"),
    [
        (["supported", "supported"], "approved"),
        (["refuted"], "rejected"),
        (["unclear"], "pending"),
        (["supported", "refuted"], "pending"),
        (["supported", "unclear"], "pending"),
    ],
)
@pytest.mark.parametrize("machine", ["supported", "refuted", "unclear"])
def test_experts_outrank_the_machine(
    answers: list[Polarity], gate: Gate, machine: Polarity
) -> None:
    verdict = make_verdict(CLAIM, machine)
    for grounded in (True, False):
        found = gate_claim(CLAIM, verdict=verdict, labels=labels(*answers), grounded=grounded)
        assert found == gate


@pytest.mark.parametrize(
    ("machine", "grounded", "gate"),
    [
        ("supported", True, "approved"),
        ("supported", False, "pending"),
        ("refuted", True, "rejected"),
        ("refuted", False, "rejected"),
        ("unclear", True, "pending"),
    ],
)
def test_without_labels_the_verdict_decides(machine: Polarity, grounded: bool, gate: Gate) -> None:
    verdict = make_verdict(CLAIM, machine)
    assert gate_claim(CLAIM, verdict=verdict, labels=[], grounded=grounded) == gate


def test_a_label_of_another_claim_says_nothing() -> None:
    other = [Label(key="key-other", label="refuted", annotator="a")]
    verdict = make_verdict(CLAIM, "supported")
    assert gate_claim(CLAIM, verdict=verdict, labels=other, grounded=True) == "approved"


def test_no_verdict_or_a_failed_one_leaves_the_claim_pending() -> None:
    failed = make_verdict(CLAIM, "refuted").model_copy(update={"status": "error"})
    for verdict in (None, failed):
        assert gate_claim(CLAIM, verdict=verdict, labels=[], grounded=True) == "pending"


def test_an_adjudicator_outranks_reviewers() -> None:
    labels = [
        Label(key=CLAIM.keys[0], label="supported", annotator="a"),
        Label(key=CLAIM.keys[0], label="refuted", annotator="b"),
        Label(key=CLAIM.keys[0], label="refuted", annotator="a", role="adjudicator"),
    ]
    assert gate_claim(CLAIM, verdict=None, labels=labels[:2], grounded=True) == "pending"
    assert gate_claim(CLAIM, verdict=None, labels=labels, grounded=True) == "rejected"


@pytest.mark.parametrize(
    ("machine", "gate"), [("supported", "pending"), ("refuted", "rejected"), ("unclear", "pending")]
)
def test_where_experts_alone_approve_a_verdict_does_not(machine: Polarity, gate: Gate) -> None:
    strict = PublishSettings(gate="expert")
    verdict = make_verdict(CLAIM, machine)
    found = gate_claim(CLAIM, verdict=verdict, labels=[], grounded=True, settings=strict)
    assert found == gate
    for grounded in (True, False):
        labelled = gate_claim(
            CLAIM, verdict=verdict, labels=labels("supported"), grounded=grounded, settings=strict
        )
        assert labelled == "approved"


@pytest.mark.parametrize(("least", "gate"), [(0.9, "approved"), (0.95, "pending")])
def test_a_verdict_must_be_as_sure_as_the_settings_ask(least: float, gate: Gate) -> None:
    settings = PublishSettings(approve_at=least)
    # Its probability is 0.912.
    verdict = make_verdict(CLAIM, "supported")
    found = gate_claim(CLAIM, verdict=verdict, labels=[], grounded=True, settings=settings)
    assert found == gate
    labelled = gate_claim(
        CLAIM, verdict=verdict, labels=labels("supported"), grounded=True, settings=settings
    )
    assert labelled == "approved"
