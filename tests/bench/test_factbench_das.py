from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.factbench_das import NAME, compare_with_das, draw_sample
from kgpipe.bench.factbench_data import FactBench, read_factbench
from kgpipe.bench.factbench_score import System
from kgpipe.calls import ChatReply, ChatRequest
from kgpipe.errors import ServiceError
from tests.bench.test_factbench import made_folder

Floats = NDArray[np.float64]


class Knows:
    """Says Yes of every page, and fails on one subject."""

    name = "knows"

    def __init__(self, fails_on: str = "") -> None:
        self.fails_on = fails_on
        self.calls = 0

    def reply(self, request: ChatRequest) -> ChatReply:
        self.calls += 1
        text = request.messages[0].content
        if self.fails_on and self.fails_on in text:
            raise ServiceError("service_failed", "down")
        assert len(text) < 3_500
        return ChatReply(text="|a|b|c|Yes|because|", finish_reason="stop")


def compare(bench: FactBench, labels: Floats, out: Path, chat: Knows) -> dict[str, Any]:
    ours = System("ours", labels.copy())
    return compare_with_das(bench, labels, [ours], out, chat=chat)


def test_the_sample_keeps_the_shares_and_is_the_same_every_time(tmp_path: Path) -> None:
    bench, labels = read_factbench(made_folder(tmp_path, 80))
    drawn = draw_sample(bench.facts, labels, count=40)
    assert drawn == draw_sample(bench.facts, labels, count=40)
    cells = Counter(
        (fact.predicate, label) for fact, label in zip(bench.facts, labels, strict=True)
    )
    taken = Counter((bench.facts[at].predicate, labels[at]) for at in drawn)
    assert len(drawn) == 40
    assert all(abs(taken[cell] - count / 2) <= 1 for cell, count in cells.items())


def test_answers_are_kept_and_failures_are_no_answers(tmp_path: Path) -> None:
    bench, labels = read_factbench(made_folder(tmp_path, 24))
    failing = bench.facts[3].subject
    chat = Knows(fails_on=failing)
    report = compare(bench, labels, tmp_path / "out", chat)
    lost = sum(fact.subject == failing for fact in bench.facts)
    assert (report["facts"], report["failed"]) == (24 - lost, lost)
    das, ours = report["systems"]
    assert (das["system"], ours["system"]) == (NAME, "ours")
    # Whoever always says Yes is right about the true ones alone.
    assert das["balanced_accuracy"]["value"] == 0.5
    assert ours["accuracy"] == 1.0
    again = Knows()
    report = compare(bench, labels, tmp_path / "out", again)
    assert report["failed"] == 0
    assert again.calls == 3 * lost
