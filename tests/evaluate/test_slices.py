from typing import Any

from kgpipe.evaluate.cases import Case
from kgpipe.evaluate.slices import break_down


def case(number: int, **more: Any) -> Case:
    told: dict[str, Any] = {
        "id": str(number), "claim": "", "wording": "", "gold": "supported", "status": "ok",
        "predicted": "supported", "probability": None, "reason": "", "group": "",
    }  # fmt: skip
    return Case(**told | more)


def test_each_outcome_is_counted_in_its_part() -> None:
    told = [
        case(1, predicate="use"),
        case(2, predicate="use", predicted="refuted"),
        case(3, predicate="use", predicted="unclear"),
        case(4, predicate="use", status="error", predicted="unclear"),
        case(5, predicate="ban", gold="unclear"),
        case(6),
    ]
    [by_predicate] = break_down(told)
    use, ban = by_predicate.rows
    assert (by_predicate.dimension, use.value, ban.value) == ("predicate", "use", "ban")
    assert (use.labelled, use.errors, use.abstained, use.wrong) == (4, 1, 1, 1)
    assert (use.verdicts_right.value, use.verdicts_right.n) == (0.5, 2)
    assert (use.accuracy.n, use.coverage.n) == (3, 3)
    # A verdict on what people cannot decide is wrong.
    assert (ban.wrong, ban.verdicts_right.value) == (1, 0)


def test_what_divides_nothing_or_repeats_is_not_shown() -> None:
    told = [
        case(n, predicate=f"p{n}", document=f"d{n % 2}", group=f"d{n % 2}", stratum="all")
        for n in range(6)
    ]
    assert [one.dimension for one in break_down(told)] == ["document"]
    others = [one.model_copy(update={"group": f"g{n % 3}"}) for n, one in enumerate(told)]
    assert [one.dimension for one in break_down(others)] == ["document", "group"]
