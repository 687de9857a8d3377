"""Runs the examples of README.md that are marked for it.

A fenced block directly under the comment `<!-- test -->` is executed, any other is only read by
people. The blocks run in their order, in one temporary folder that starts with nothing but `data`,
a link to the repository's folder of that name; a later block may use what an earlier one made.

`bash` and `sh` blocks are run by `bash -euo pipefail`, with the scripts of the environment of the
tests first on the PATH. Of a `console` block the lines that start with `$ ` are run in the same way
and the others are what they print, which is not compared. `python` blocks are run by Python.
"""

import os
import subprocess
import sys
import sysconfig
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

from tests.conftest import REPOSITORY

MARK = "<!-- test -->"
BASH = ("bash", "-euo", "pipefail", "-c")


class Block(NamedTuple):
    """A fenced block: its language, its content, and the line where it starts (from 1)."""

    language: str
    content: str
    line: int


def find_blocks(markdown: str) -> list[Block]:
    """The fenced blocks directly under a mark, in order."""
    tokens = MarkdownIt().parse(markdown)
    return [
        Block(fence.info.strip(), fence.content, (fence.map or [0])[0] + 1)
        for mark, fence in pairwise(tokens)
        if mark.type == "html_block" and mark.content.strip() == MARK and fence.type == "fence"
    ]


def as_command(block: Block) -> list[str]:
    """What to execute for a block."""
    match block.language:
        case "bash" | "sh":
            return [*BASH, block.content]
        case "console":
            lines = block.content.splitlines()
            return [*BASH, "\n".join(line[2:] for line in lines if line.startswith("$ "))]
        case "python":
            return [sys.executable, "-c", block.content]
    raise ValueError(f"README.md, line {block.line}: no way to run a {block.language!r} block")


@pytest.mark.slow
def test_marked_blocks_run_in_order(tmp_path: Path) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    if MARK not in readme:
        pytest.skip(f"README.md has no block under {MARK}")
    blocks = find_blocks(readme)
    assert len(blocks) == readme.count(MARK), "a mark stands without its block"
    (tmp_path / "data").symlink_to(REPOSITORY / "data", target_is_directory=True)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    for block in blocks:
        done = subprocess.run(
            as_command(block),
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"README.md, line {block.line}:\n{done.stdout}"


def test_only_the_block_directly_under_a_mark_is_found() -> None:
    markdown = "\n\n".join(
        (
            f"{MARK}\n```bash\ntrue\n```",
            "```bash\nunmarked\n```",
            f"{MARK}\n\nWords.",
            "```sh\nnot directly under the mark\n```",
            f"{MARK}\n```python\nx = 1\n```",
        )
    )
    assert find_blocks(markdown) == [Block("bash", "true\n", 2), Block("python", "x = 1\n", 19)]


def test_console_blocks_run_their_commands_and_stop_at_the_first_failure(tmp_path: Path) -> None:
    block = Block("console", "$ echo made > file\nmade\n$ false\n$ echo more >> file\n", 1)
    assert subprocess.run(as_command(block), cwd=tmp_path, check=False).returncode == 1
    assert (tmp_path / "file").read_text(encoding="utf-8") == "made\n"


def test_a_marked_block_that_cannot_be_run_is_named() -> None:
    with pytest.raises(ValueError, match="line 7: no way to run a 'toml' block"):
        as_command(Block("toml", "a = 1", 7))
