import numpy as np

from kgpipe.types import Vote
from kgpipe.verify.choose import Choice, Material, arrange, choose_columns, score_held_out
from kgpipe.verify.fusion import Inputs
from kgpipe.verify.signals import SIGNALS
from tests.verify.test_fitted import vote


def material(*, telling_graph: bool = False, liar: bool = False, count: int = 200) -> Material:
    """Signals that tell nothing, a graph score that may, and two sources of which one may lie."""
    generator = np.random.default_rng(0)
    outcomes = (generator.random(count) < 0.5).astype(float)
    sides = 2 * outcomes - 1
    honest = np.where(generator.random(count) < 0.85, sides, -sides)
    other = -sides * (generator.random(count) < 0.9) if liar else np.zeros(count)
    votes: list[list[Vote]] = [
        [vote(float(value), name) for name, value in (("a", first), ("b", second)) if value]
        for first, second in zip(honest, other, strict=True)
    ]
    graph = generator.normal(size=(count, 2))
    graph[:, 0] += telling_graph * sides
    totals = np.array([[sum(vote.log_odds for vote in given)] for given in votes])
    signals = generator.normal(size=(count, len(SIGNALS)))
    inputs = Inputs(("p",) * count, signals, totals, graph)
    groups = [f"s{number}" for number in range(count)]
    return Material(inputs, votes, groups, np.arange(count), outcomes)


def test_only_what_helps_held_out_claims_is_taken() -> None:
    assert choose_columns(material()).choice == Choice(graph=False, sources=False)
    assert choose_columns(material(telling_graph=True)).choice == Choice(graph=True, sources=False)
    lied = choose_columns(material(liar=True))
    assert lied.choice == Choice(graph=False, sources=True)
    assert lied.log_losses["sources"] < lied.log_losses["neither"] - 0.1


def test_columns_are_those_of_the_choice() -> None:
    given = material(telling_graph=True, liar=True)
    plain, no_sources = arrange(given, Choice(graph=False, sources=False))
    assert plain.graph.shape == (200, 0)
    assert no_sources == {}
    full, sources = arrange(given, Choice(graph=True, sources=True))
    assert full.graph is given.inputs.graph
    assert sources["b"].weight == 0.0
    assert not np.array_equal(full.votes, given.inputs.votes)


def test_permuted_labels_are_not_held_out_better_than_chance() -> None:
    given = material(telling_graph=True, liar=True)
    mixed = np.random.default_rng(3).permutation(given.outcomes)
    chosen = choose_columns(given._replace(outcomes=mixed))
    assert abs(score_held_out(chosen.held_out, mixed)["auc"] - 0.5) < 0.12
