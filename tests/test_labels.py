import pytest

from kgpipe.labels import describe_labels, group_labels, is_disputed, settle_labels
from kgpipe.types import Label, Polarity


def say(label: Polarity, annotator: str = "a", **more: str) -> Label:
    return Label.model_validate({"key": "k", "label": label, "annotator": annotator, **more})


@pytest.mark.parametrize(
    ("labels", "settled", "disputed"),
    [
        ([], None, False),
        ([say("supported"), say("supported", "b")], "supported", False),
        ([say("supported"), say("refuted", "b")], None, True),
        ([say("supported"), say("unclear", "b")], None, True),
        ([say("supported"), say("refuted", "b"), say("refuted", "a", role="adjudicator")],
         "refuted", False),
        ([say("supported", role="adjudicator"), say("refuted", "b", role="adjudicator")],
         None, True),
    ],
)  # fmt: skip
def test_an_adjudicator_settles_else_all_must_agree(
    labels: list[Label], settled: str | None, disputed: bool
) -> None:
    assert (settle_labels(labels), is_disputed(labels)) == (settled, disputed)


def test_a_fact_has_the_labels_of_all_its_wordings() -> None:
    first, second = say("supported", key="k1"), say("refuted", key="k2")
    grouped = group_labels({"x": ("k2", "k1"), "y": ("k1",), "z": ("k3",)}, [second, first])
    assert grouped == {"x": [first, second], "y": [first]}


def test_who_said_what() -> None:
    labels = [say("supported", "R1", comment="page 3"), say("refuted", ""),
              say("unclear", "R2", role="adjudicator")]  # fmt: skip
    assert describe_labels(labels) == (
        "supported (R1: page 3); refuted; unclear (R2 as adjudicator)"
    )
