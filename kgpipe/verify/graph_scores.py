"""Scores of asked triples by a graph of known ones: what the graph alone makes of each.

An asked triple that the graph states is judged as if it did not, nor its reverse. That is exact for
what is counted around the triple; what is learned over the whole graph once (the likeness of
relations, the weights of paths) leaves out the pair itself, though not the share that the triple
has in the paths of other pairs.
"""

from collections.abc import Sequence

import numpy as np

from kgpipe.verify.graph_flow import knowledge_linker, knowledge_stream
from kgpipe.verify.graph_neighbours import adamic_adar, degree_product, jaccard, katz
from kgpipe.verify.graph_paths import score_paths
from kgpipe.verify.graph_rules import (
    domain_violation,
    functionality_violation,
    rule_confidence,
    tail_frequency,
)
from kgpipe.verify.known_graph import Floats, KnownGraph, Triple, find_asked, reverse

GRAPH_SCORES = (
    "degree_product", "jaccard", "adamic_adar", "katz", "knowledge_linker", "knowledge_stream",
    "predpath", "npmi", "tail_frequency", "head_frequency", "domain_violation", "range_violation",
    "functionality_violation", "inverse_functionality_violation", "rule_confidence",
    "inverse_rule_confidence",
)  # fmt: skip
# Scores that speak against a triple.
VIOLATIONS = tuple(name for name in GRAPH_SCORES if name.endswith("violation"))


def score_triples(graph: KnownGraph, triples: Sequence[Triple]) -> Floats:
    """All graph scores of the asked triples, shape (k, len(GRAPH_SCORES)), in that order."""
    asked = find_asked(graph, triples)
    turned = reverse(graph, asked)
    paths = score_paths(graph, asked)
    columns = {
        "degree_product": degree_product(graph, asked),
        "jaccard": jaccard(graph, asked),
        "adamic_adar": adamic_adar(graph, asked),
        "katz": katz(graph, asked),
        "knowledge_linker": knowledge_linker(graph, asked),
        "knowledge_stream": knowledge_stream(graph, asked),
        "predpath": paths.predpath,
        "npmi": paths.npmi,
        "tail_frequency": tail_frequency(graph, asked),
        "head_frequency": tail_frequency(*turned),
        "domain_violation": domain_violation(graph, asked),
        "range_violation": domain_violation(*turned),
        "functionality_violation": functionality_violation(graph, asked),
        "inverse_functionality_violation": functionality_violation(*turned),
        "rule_confidence": rule_confidence(graph, asked),
        "inverse_rule_confidence": rule_confidence(*turned),
    }
    return np.column_stack([columns[name] for name in GRAPH_SCORES])
