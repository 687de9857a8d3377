import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgpipe.publish.blocks import Node, sort_blocks
from kgpipe.publish.terms import Block, Pair

NAMES = st.sampled_from("abc")
PAIRS = st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=3)
BLOCKS = st.lists(st.tuples(NAMES, NAMES, st.booleans(), PAIRS), max_size=20)


@given(blocks=BLOCKS, run=st.integers(min_value=1, max_value=7))
@settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_runs_are_merged_to_what_one_sort_gives(
    blocks: list[Block], run: int, tmp_path: Path
) -> None:
    every: dict[tuple[str, str], set[Pair]] = {}
    shown: dict[tuple[str, str], set[Pair]] = {}
    for graph, subject, withheld, pairs in blocks:
        every.setdefault((graph, subject), set()).update(pairs)
        shown.setdefault((graph, subject), set()).update([] if withheld else pairs)
    expected = [
        Node(*key, sorted(map(" ".join, every[key])), sorted(map(" ".join, shown[key])))
        for key in sorted(every)
    ]
    assert list(sort_blocks(blocks, tmp_path, run=run)) == expected


def test_more_than_one_piece_of_a_run_is_read(tmp_path: Path) -> None:
    blocks: list[Block] = [("g", f"s{n:05}", False, [("p", str(n))]) for n in range(3000)]
    mixed = random.Random(0).sample(blocks, len(blocks))
    nodes = list(sort_blocks(mixed, tmp_path, run=700))
    assert [(node.graph, node.subject) for node in nodes] == [block[:2] for block in blocks]


def test_what_fits_into_memory_is_not_written(tmp_path: Path) -> None:
    assert len(list(sort_blocks([("g", "s", False, [("p", "o")])], tmp_path))) == 1
    assert list(tmp_path.iterdir()) == []
