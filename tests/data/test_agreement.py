"""The printed agreement of the two annotators, against figures computed in other ways."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from tests.conftest import REPOSITORY, SAMPLE

GOLD = SAMPLE / "gold"
INTERVAL = r"([\d.]+), 95% interval ([\d.]+) to ([\d.]+) \(bootstrap over 9 documents\)"
# Figures are printed to three decimals.
ROUNDING = 0.0005


@pytest.fixture(scope="module")
def printed() -> str:
    command = [sys.executable, "data/sample/agreement.py"]
    return subprocess.run(
        command, cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout


def column(name: str, key: str, value: str) -> dict[str, str]:
    with (GOLD / name).open(encoding="utf-8", newline="") as file:
        return {row[key]: row[value] for row in csv.DictReader(file)}


def figures(pattern: str, text: str) -> list[float]:
    found = re.search(pattern, text)
    assert found, pattern
    return [float(group) for group in found.groups()]


def f1(matched: int, left: int, right: int) -> float:
    return 2 * matched / (left + right)


def test_kappa_is_that_of_scikit_learn(printed: str) -> None:
    first, second = (column(f"labels_{one}.csv", "id", "label") for one in ("first", "second"))
    assert first.keys() == second.keys()
    ids = sorted(first)
    ours, theirs = (np.array([labels[id] for id in ids]) for labels in (first, second))
    documents = column("labels_first.csv", "id", "group")
    members = [
        np.array([i for i, id in enumerate(ids) if documents[id] == name])
        for name in sorted(set(documents.values()))
    ]
    chance = np.random.default_rng(1)
    drawn = (
        np.concatenate([members[i] for i in chance.integers(len(members), size=len(members))])
        for _ in range(400)
    )
    kappas = [cohen_kappa_score(ours[draw], theirs[draw]) for draw in drawn]

    kappa, low, high = figures(f"Cohen's kappa +{INTERVAL}", printed)
    assert kappa == pytest.approx(cohen_kappa_score(ours, theirs), abs=ROUNDING)
    # Two runs of a bootstrap over nine documents differ by about a hundredth.
    assert [low, high] == pytest.approx(np.percentile(kappas, [2.5, 97.5]).tolist(), abs=0.015)
    observed, below, above = figures(f"observed agreement +{INTERVAL}", printed)
    assert observed == pytest.approx(float(np.mean(ours == theirs)), abs=ROUNDING)
    assert below < observed < above


def test_table_counts_every_label_and_every_difference_is_named(printed: str) -> None:
    first, second = (column(f"labels_{one}.csv", "id", "label") for one in ("first", "second"))
    pairs = Counter((first[id], second[id]) for id in first)
    for ours in ("supported", "refuted", "unclear"):
        row = figures(rf"\n{ours} +(\d+) +(\d+) +(\d+)\n", printed)
        assert row == [pairs[ours, theirs] for theirs in ("supported", "refuted", "unclear")]
    differ = {f"{id}: A {first[id]}, B {second[id]}" for id in first if first[id] != second[id]}
    assert set(re.findall(r"\n  (t\d+: .*)", printed)) == differ


def read_facts(path: Path) -> dict[str, set[tuple[str, str, str, bool]]]:
    facts: dict[str, set[tuple[str, str, str, bool]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        parts = (row[part].casefold() for part in ("subject", "predicate", "object"))
        facts.setdefault(row["document"], set()).add((*parts, row["negated"]))
    return facts


def test_triples_are_compared_on_the_documents_that_both_cover(printed: str) -> None:
    first, second = read_facts(GOLD / "triples.jsonl"), read_facts(GOLD / "triples_second.jsonl")
    sums = np.zeros(3)
    for name, theirs in second.items():
        ours = first[name]
        row = rf"\n{name} +(\d+) +(\d+) +(\d+) +([\d.]+) +(\d+) +([\d.]+)\n"
        left, right, strict, strict_f1, partial, partial_f1 = figures(row, printed)
        # The script also drops punctuation and articles, which may join a few more.
        assert (left, right) == (len(ours), len(theirs))
        assert len(ours & theirs) <= strict <= len(ours & theirs) + 2
        assert strict <= partial <= min(left, right)
        assert strict_f1 == pytest.approx(f1(int(strict), len(ours), len(theirs)), abs=ROUNDING)
        assert partial_f1 == pytest.approx(f1(int(partial), len(ours), len(theirs)), abs=ROUNDING)
        sums += (left, right, strict)
    assert figures(r"\nall +(\d+) +(\d+) +(\d+)", printed) == sums.tolist()
    assert printed.count(".pdf") == len(second)


def test_groups_of_names_are_compared_by_pairs_and_by_names(printed: str) -> None:
    first, second = (
        column(name, "name", "entity") for name in ("entities.csv", "entities_second.csv")
    )
    names = sorted(first)

    def together(entities: dict[str, str]) -> set[tuple[str, str]]:
        return {pair for pair in combinations(names, 2) if len({entities[n] for n in pair}) == 1}

    def cluster(entities: dict[str, str], name: str) -> set[str]:
        return {other for other in names if entities[other] == entities[name]}

    pairs_a, pairs_b = together(first), together(second)
    common = [
        (cluster(first, name) & cluster(second, name), cluster(first, name), cluster(second, name))
        for name in names
    ]
    precision = np.mean([len(both) / len(theirs) for both, _, theirs in common])
    recall = np.mean([len(both) / len(ours) for both, ours, _ in common])

    assert figures(r"pairwise F1 +([\d.]+)", printed) == pytest.approx(
        [f1(len(pairs_a & pairs_b), len(pairs_a), len(pairs_b))], abs=ROUNDING
    )
    assert figures(r"B-cubed F1 +([\d.]+)", printed) == pytest.approx(
        [2 * precision * recall / (precision + recall)], abs=ROUNDING
    )
