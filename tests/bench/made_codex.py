"""A benchmark in CoDEx's files: people live in one of two towns and speak its language."""

import json
from pathlib import Path


def made_codex(folder: Path) -> Path:
    """Write 24 people; who lives where is known of 12, asked of 6 and 6, each with a negative."""
    people = range(24)
    speaks = [f"p{n}\tspeaks\tl{n % 2}" for n in people]
    lives = [f"p{n}\tlives\tt{n % 2}" for n in people]
    wrong = [f"p{n}\tlives\tt{1 - n % 2}" for n in people]
    files = {
        "train": speaks + lives[:12],
        "valid": lives[12:18],
        "valid_negatives": wrong[12:18],
        "test": lives[18:],
        "test_negatives": wrong[18:],
    }
    (folder / "codex-s").mkdir()
    for name, lines in files.items():
        path = folder / "codex-s" / f"{name}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    types = {f"p{n}": ["person"] for n in people}
    (folder / "entity2types.json").write_text(json.dumps(types), encoding="utf-8")
    return folder
