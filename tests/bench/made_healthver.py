"""A small table in the form of HealthVer, with both halves of questions."""

from pathlib import Path
from string import ascii_uppercase

from kgpipe.bench.healthver_data import is_development

_TEXTS = (
    ("Mercury causes tremor.", "Workers fell ill: mercury causes tremor of the hands.", "Supports"),
    ("Mercury causes tremor.", "Mercury does not cause tremor, the authors found.", "Refutes"),
    ("Mercury causes tremor.", "Gold is sold in the town on Fridays.", "Neutral"),
    ("Can gold be sold?", "Bread is baked in the town on Mondays.", "Neutral"),
)
# So many questions a half that folds hold some out.
_QUESTIONS = 3


def write_table(folder: Path) -> int:
    """Write `healthver/healthver_dev.csv` under `folder`; returns the rows of each half."""
    names = [f"Question {letter}?" for letter in ascii_uppercase]
    half = [
        [name for name in names if is_development(name) is wanted][:_QUESTIONS]
        for wanted in (True, False)
    ]
    lines = ["id,evidence,claim,label,question"]
    for question in (*half[0], *half[1]):
        # The letter keeps claims and passages of two questions apart.
        mark = question.split()[1][:-1]
        lines += [
            f'{len(lines)},"{said} {mark}","{claim} {mark}",{label},{question}'
            for claim, said, label in _TEXTS
        ]
    (folder / "healthver").mkdir(parents=True)
    (folder / "healthver" / "healthver_dev.csv").write_text("\n".join(lines) + "\n")
    return _QUESTIONS * len(_TEXTS)
