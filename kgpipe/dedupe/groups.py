"""Candidate pairs from groups of vectors: by density or HDBSCAN, in the place of a threshold.

Vetoes stand in both: pairs of a group join by falling cosine as far as no veto is in the way, so a
group with one inside is split.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError, needs_extra
from kgpipe.stats.density_groups import density_groups

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Both compare all with all: minutes at this number, hours at ten times as many.
MAX_GROUPED = 20_000
_DECIMALS = 4
# The paper's radii (.1 to .3) are for points without twins. A name lies far closer to its variants
# than to the nearest other name: pairwise F1 of Re-DocRED's forms .32 with these, .15 with those.
RADII = (0.02, 0.05)


def find_group_pairs(
    vectors: Floats, *, clustering: Literal["density", "hdbscan"]
) -> Iterator[tuple[float, int, int]]:
    """Yield (cosine, left, right) with left < right for rows of one group, by falling cosine.

    Args:
        vectors: shape (names, dimensions), rows of length 1.
        clustering: `density` is that of `stats.density_groups`, `hdbscan` scikit-learn's.

    Raises:
        UsageError: more than 20,000 names.
        KgpipeError: scikit-learn is missing.
    """
    groups = group_rows(vectors, clustering=clustering)
    pairs = []
    order = np.argsort(groups, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        cosines = np.round((vectors[members] @ vectors[members].T).astype(np.float64), _DECIMALS)
        pairs += [
            (float(cosines[one, other]), int(members[one]), int(members[other]))
            for one, other in zip(*np.triu_indices(len(members), k=1), strict=True)
        ]
    yield from sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))


def group_rows(vectors: Floats, *, clustering: Literal["density", "hdbscan"]) -> Ints:
    """Number the group of each row; see `find_group_pairs`."""
    if len(vectors) > MAX_GROUPED:
        raise UsageError(
            f"clustering = {clustering!r} takes at most {MAX_GROUPED:,} names, not "
            f"{len(vectors):,}. Set it to 'pairs' under [dedupe]."
        )
    if clustering == "density":
        return density_groups(vectors, rng=np.random.default_rng(0), radii=RADII)
    # HDBSCAN needs two points to begin with.
    return _hdbscan(vectors) if len(vectors) > 1 else np.zeros(len(vectors), dtype=np.int64)


def _hdbscan(vectors: Floats) -> Ints:
    with needs_extra("bench"):
        from sklearn.cluster import HDBSCAN  # noqa: PLC0415 (loaded where it is used)
    found = HDBSCAN(min_cluster_size=2, copy=True).fit_predict(vectors).astype(np.int64)
    noise = np.flatnonzero(found < 0)
    # What HDBSCAN takes for noise is a group of its own.
    found[noise] = found.max(initial=-1) + 1 + np.arange(len(noise))
    return np.asarray(found, dtype=np.int64)
