"""Calls of the command line, and what they leave behind."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be one JSON object on one line."""
        [line] = self.out.splitlines()
        value = json.loads(line)
        assert isinstance(value, dict)
        return value

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        """The stages of `run` and `status`, by name."""
        return {stage["stage"]: stage for stage in self.json["stages"]}


Call = Callable[..., Answer]


def spawn(*arguments: str | Path, **options: Any) -> Answer:
    """The command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "kgpipe", *map(str, arguments)], capture_output=True, timeout=120,
        check=False, **options,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_lines(path: Path, *rows: object) -> Path:
    """Rows as JSON Lines; a string stands as it is."""
    texts = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path
