"""What others do with as many names: exact communities, and string similarity of all pairs."""

import time
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz, utils

from kgpipe.bench.names_vectors import Floats

# Names whose pairs are all compared, two million: the rate is then known.
_COMPARED = 2_000


def time_rivals(names: Sequence[str], vectors: Floats, *, threshold: float) -> dict[str, Any]:
    """Seconds of each way on all names; a way that is not installed tells so.

    Args:
        names: the surface names.
        vectors: of their distinct forms, of length 1.
        threshold: cosine of a community.
    """
    return {
        "sentence-transformers community_detection": _time_communities(vectors, threshold),
        "rapidfuzz WRatio over all pairs, the algorithm of neo4j-graphrag's FuzzyMatchResolver": (
            _time_all_pairs(names)
        ),
    }


def _time_communities(vectors: Floats, threshold: float) -> dict[str, Any]:
    try:
        from sentence_transformers.util import community_detection
        from torch import from_numpy
    except ImportError as error:
        return {"skipped": f"{error.name} is missing: pip install 'kgpipe[st]'."}
    seconds, cpu, communities = _timed(
        lambda: community_detection(from_numpy(vectors), threshold=threshold, min_community_size=2)
    )
    return {"names": len(vectors), "seconds": seconds, "cpu_seconds": cpu,
            "communities": len(communities)}  # fmt: skip


def _time_all_pairs(names: Sequence[str]) -> dict[str, Any]:
    some = names[:_COMPARED]
    seconds, cpu, similar = _timed(
        # As the resolver does: in Python, pair by pair, each name cleaned again.
        lambda: sum(
            fuzz.WRatio(left, right, processor=utils.default_process) / 100 >= 0.8
            for left, right in combinations(some, 2)
        )
    )
    pairs = len(some) * (len(some) - 1) // 2
    every = len(names) * (len(names) - 1) // 2
    return {
        "names": len(some),
        "seconds": seconds,
        "cpu_seconds": cpu,
        "pairs_per_cpu_second": round(pairs / max(cpu, 1e-9)),
        "similar_pairs": similar,
        "hours_for_all_names": round(every / pairs * cpu / 3600, 2) if pairs else 0.0,
    }


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    return (
        round(time.perf_counter() - started, 1),
        round(time.process_time() - cpu, 1),
        result,
    )
