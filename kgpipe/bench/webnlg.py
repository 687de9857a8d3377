"""EDC-WebNLG (Zhang and Soh, EMNLP 2024): closed extraction scored as in WebNLG-2020.

1,165 texts of the WebNLG+ 2020 test set, their triples and a schema of 159 defined relations.
Lines 1 to 400 are for development, figures are on the rest, with the whole set beside them.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kgpipe.backends.embed import MINILM_NAME, MiniLmEmbedder
from kgpipe.backends.schema_extractor import SchemaExtractor
from kgpipe.bench.webnlg_score import MEASURES, Alignment, TextTriple, align_triples, words_of
from kgpipe.errors import KgpipeError
from kgpipe.extract.schema_files import read_schema_file
from kgpipe.schema import Schema
from kgpipe.types import Candidate, Chunk

DEV_LINES = 400
# How DBpedia, whose values these are, writes a count; other numbers are decimals ("3500.0").
_COUNTED = re.compile(r"\bnumber\b|\bincome\b|\bsize\b|(?<!density )population\b")
_MEASURED = re.compile(
    r"\b(?:length|height|elevation|weight|density|area|apoapsis|periapsis|period|magnitude)\b"
)
_PLAIN_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")


def run(data: Path, out: Path) -> dict[str, Any]:
    """Extract from all texts with the embedded extractor and the closed schema, and score.

    Args:
        data: holds texts.txt, references.txt and schema.csv.
        out: folder for `report.json`, `relations.csv` (precision and recall of each relation on the
            test lines) and `webnlg_triples.jsonl` (the system's triples).

    Returns:
        For `test`, `dev` and `all`: texts, triples, and precision, recall and F1 under each
        measure, averaged by text (`by_text`) and, as the shared task's script prints them, over
        aligned triples (`by_triple`).

    Raises:
        KgpipeError: a file is missing.
    """
    texts, gold = read_texts(data)
    schema = read_schema_file(data / "schema.csv")
    extractor = SchemaExtractor(schema, MiniLmEmbedder(), embedder_name=MINILM_NAME)
    system = [
        [as_written(c, schema) for c in extractor.extract(_chunk(number, text))]
        for number, text in enumerate(texts, start=1)
    ]
    alignments = [align_triples(*pair) for pair in zip(system, gold, strict=True)]
    parts = {"test": range(DEV_LINES, len(texts)), "dev": range(min(DEV_LINES, len(texts))),
             "all": range(len(texts))}  # fmt: skip
    report: dict[str, Any] = {
        "benchmark": "EDC-WebNLG",
        "extractor": extractor.name,
        **{name: _figures(alignments, system, gold, lines) for name, lines in parts.items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    relations = pd.DataFrame(_by_relation(system, gold, parts["test"] or parts["dev"]))
    relations.to_csv(out / "relations.csv", index=False, lineterminator="\n")
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    lines = [json.dumps(triples, ensure_ascii=False) for triples in system]
    (out / "webnlg_triples.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return report


def read_texts(data: Path) -> tuple[list[str], list[list[TextTriple]]]:
    """The texts and, by line, their gold triples.

    Raises:
        KgpipeError: a file is missing, or the two differ in length.
    """
    for name in ("texts.txt", "references.txt", "schema.csv"):
        if not (data / name).is_file():
            raise KgpipeError(f"There is no {data / name}. --data is the folder edc_webnlg.")
    texts = (data / "texts.txt").read_text(encoding="utf-8").splitlines()
    references = (data / "references.txt").read_text(encoding="utf-8").splitlines()
    if len(texts) != len(references):
        raise KgpipeError(f"{data}: {len(texts)} texts but {len(references)} references.")
    gold = [[(s, p, o) for s, p, o in ast.literal_eval(line)] for line in references]
    return texts, gold


def as_written(candidate: Candidate, schema: Schema) -> TextTriple:
    """A triple with its value as the benchmark writes values: ISO dates, DBpedia numbers."""
    relation = schema.find_relation(candidate.predicate)
    definition = relation.definition if relation else ""
    return candidate.subject, candidate.predicate, written_value(candidate.object, definition)


def written_value(text: str, definition: str) -> str:
    """The ISO form of a calendar date, a number without separators; other text as it stands."""
    if _PLAIN_NUMBER.fullmatch(text):
        number = text.replace(",", "")
        measured = _MEASURED.search(definition) and not _COUNTED.search(definition)
        return f"{number}.0" if measured and "." not in number else number
    if re.search(r"\d{4}", text) and len(re.findall(r"\d+", text)) > 1:
        day = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)\b|\b(?:of|the)\b", r"\1", text)
        date = pd.to_datetime(day, errors="coerce", format="mixed")
        if not pd.isna(date):
            return str(date.date().isoformat())
    return text


def _chunk(number: int, text: str) -> Chunk:
    return Chunk(id=str(number), document_id="webnlg", start=0, end=len(text), text=text,
                 language="en")  # fmt: skip


def _figures(
    alignments: Sequence[Alignment],
    system: Sequence[Sequence[TextTriple]],
    gold: Sequence[Sequence[TextTriple]],
    lines: Iterable[int],
) -> dict[str, Any]:
    chosen = list(lines)
    pooled = Alignment(tuple(pair for i in chosen for pair in alignments[i].pairs))
    by_text = {
        measure: _mean([alignments[i].mean(measure) for i in chosen]) for measure in MEASURES
    }
    return {
        "texts": len(chosen),
        "system_triples": sum(len(system[i]) for i in chosen),
        "gold_triples": sum(len(gold[i]) for i in chosen),
        "by_text": by_text,
        "by_triple": {measure: _mean([pooled.mean(measure)]) for measure in MEASURES},
    }


def _mean(scores: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    names = ("precision", "recall", "f1")
    if not scores:
        return dict.fromkeys(names, 0.0)
    means = [sum(column) / len(scores) for column in zip(*scores, strict=True)]
    return {name: round(mean, 4) for name, mean in zip(names, means, strict=True)}


def _by_relation(
    system: Sequence[Sequence[TextTriple]],
    gold: Sequence[Sequence[TextTriple]],
    lines: Iterable[int],
) -> list[dict[str, str | float]]:
    """Count a triple as right if a gold triple of its text agrees with it; see `_agree`."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in lines:
        open_gold = list(gold[line])
        for triple in system[line]:
            counts[triple[1]][0] += 1
            match = next((other for other in open_gold if _agree(triple, other)), None)
            if match is not None:
                open_gold.remove(match)
                counts[triple[1]][1] += 1
        for _, relation, _ in gold[line]:
            counts[relation][2] += 1
    return [
        {
            "relation": relation,
            "precision": round(right / found, 3) if found else 0.0,
            "recall": round(right / wanted, 3) if wanted else 0.0,
            "found": found,
            "gold": wanted,
        }
        for relation, (found, right, wanted) in sorted(counts.items())
    ]


def _agree(ours: TextTriple, theirs: TextTriple) -> bool:
    """Whether the relation is the same and both ends have a word in common."""
    same_ends = all(set(words_of(ours[i])) & set(words_of(theirs[i])) for i in (0, 2))
    return ours[1] == theirs[1] and same_ends
