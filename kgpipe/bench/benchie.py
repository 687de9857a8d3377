"""BenchIE (Gashteovski et al., ACL 2022): open information extraction scored by facts.

The gold lists, for each sentence, clusters of surface triples that state the same fact. A system
triple is right if it equals one surface form of a cluster, where what stands in brackets may be
left out (paper, section 3). The extractor's surface reading is scored by this exact rule, and so
are the outputs of the other systems that lie in the benchmark's folder.

Beside it stands what the pipeline itself uses, the triples of `extract`: their predicates are
lemmatised by convention, so they are compared by lemma and without auxiliaries. That figure is not
the benchmark's.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.errors import KgpipeError
from kgpipe.types import Chunk

SurfaceTriple = tuple[str, str, str]
# System triples by sentence number.
Output = Mapping[int, list[SurfaceTriple]]
# Rules are written on the first half of the sentences and judged on the second.
_DEV_SENTENCES = 150
_GOLD = "gold/2_annotators/benchie_gold_annotations_en.txt"
_SYSTEMS = "oie_systems_explicit_extractions"
_AUXILIARIES = frozenset(
    {
        *("have", "will", "would", "can", "could", "may", "might", "shall", "should", "must"),
        *("do", "to", "not", "n't"),
    }
)


@dataclass(frozen=True)
class GoldSentence:
    """A sentence and its clusters of surface triples; brackets mark optional words."""

    number: int
    text: str
    clusters: tuple[tuple[SurfaceTriple, ...], ...]


def run(data: Path, out: Path) -> dict[str, Any]:
    """Score the embedded extractor and the other systems' outputs on all sentences.

    Args:
        data: the benchmark's folder with `gold/` and, for the comparison, the systems' outputs.
        out: folder for `report.json` and `benchie_triples.tsv`.

    Returns:
        Precision, recall and f1 for sentences 1-150 (`dev`), the others (`test`) and `all`, under
        `exact` (surface reading), `lemmatised` (triples of the pipeline) and `systems`; tokens and
        tokens per CPU second of the surface reading, the model's loading not counted.
    """
    gold = read_gold(data / _GOLD)
    extractor = EmbeddedExtractor()
    started = time.process_time()
    readings = list(extractor.read_surface(sentence.text for sentence in gold))
    seconds = time.process_time() - started
    found: Output = {s.number: list(triples) for s, triples in zip(gold, readings, strict=True)}
    tokens = sum(extractor.count_tokens(sentence.text) for sentence in gold)
    report: dict[str, Any] = {
        "benchmark": "BenchIE",
        "extractor": extractor.name,
        "triples": sum(map(len, found.values())),
        "clusters": sum(len(s.clusters) for s in gold),
        "tokens": tokens,
        "tokens_per_cpu_second": round(tokens / seconds),
        "exact": score_parts(gold, found),
        "lemmatised": _score_pipeline(extractor, gold),
        "systems": {
            name: score_parts(gold, output) for name, output in _read_systems(data / _SYSTEMS)
        },
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    lines = ["\t".join((str(n), *triple)) for n, triples in found.items() for triple in triples]
    text = "\n".join(lines) + "\n"
    (out / "benchie_triples.tsv").write_text(text, encoding="utf-8")
    return report


def read_gold(path: Path) -> list[GoldSentence]:
    """Read a gold file in the benchmark's format (its README, "Golden annotations").

    Raises:
        KgpipeError: there is no such file.
    """
    if not path.is_file():
        raise KgpipeError(f"There is no {path}. --data is the folder of BenchIE, with gold/.")
    sentences: list[GoldSentence] = []
    for block in re.split(r"^sent_id:", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, *lines = block.splitlines()
        number, text = head.split("\t", 1)
        clusters: list[list[SurfaceTriple]] = []
        for line in lines:
            if re.match(r"\d+\s*-->\s*Cluster", line):
                clusters.append([])
            elif line.count("-->") == 2:
                subject, predicate, target = line.split("-->")
                clusters[-1].append((subject.strip(), predicate.strip(), target.strip()))
        filled = tuple(tuple(cluster) for cluster in clusters)
        sentences.append(GoldSentence(int(number), text.strip(), filled))
    return sentences


def read_output(path: Path) -> dict[int, list[SurfaceTriple]]:
    """Read a system's output: sentence number, subject, predicate and object between tabs."""
    found: dict[int, list[SurfaceTriple]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        number, *parts = (field.strip() for field in line.split("\t"))
        if len(parts) >= len(("subject", "predicate", "object")):
            found.setdefault(int(number), []).append((parts[0], parts[1], parts[2]))
    return found


def score_parts(gold: list[GoldSentence], found: Output, **options: Any) -> dict[str, Any]:
    """`score` for the development sentences, the test sentences and all."""
    parts = {
        "dev": [sentence for sentence in gold if sentence.number <= _DEV_SENTENCES],
        "test": [sentence for sentence in gold if sentence.number > _DEV_SENTENCES],
        "all": gold,
    }
    return {name: score(sentences, found, **options) for name, sentences in parts.items()}


def score(
    gold: Iterable[GoldSentence],
    found: Output,
    *,
    lemmas: Mapping[int, Mapping[str, str]] | None = None,
) -> dict[str, float]:
    """Precision, recall and F1 as the benchmark counts them.

    A cluster that some triple matches is a true positive, one without a match a false negative; a
    triple that matches no cluster is a false positive.

    Args:
        gold: the sentences that count.
        found: system triples by sentence number.
        lemmas: word form -> lemma by sentence; with it predicates are compared by lemma.
    """
    hit = wrong = clusters = 0
    for sentence in gold:
        normalise = _normaliser(lemmas[sentence.number]) if lemmas else _words
        system = found.get(sentence.number, [])
        matched = [
            {triple for triple in system if _in_cluster(triple, cluster, normalise)}
            for cluster in sentence.clusters
        ]
        hit += sum(map(bool, matched))
        wrong += sum(triple not in set().union(*matched) for triple in system)
        clusters += len(matched)
    precision = hit / (hit + wrong) if hit + wrong else 0.0
    recall = hit / clusters if clusters else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def matches(pattern: list[str], words: list[str]) -> bool:
    """Whether `words` is `pattern` with any of its bracketed groups left out."""
    reached = {0}
    for group, optional in _groups(pattern):
        size = len(group)
        step = {at + size for at in reached if words[at : at + size] == group}
        reached = reached | step if optional else step
    return len(words) in reached


def _score_pipeline(extractor: EmbeddedExtractor, gold: list[GoldSentence]) -> dict[str, Any]:
    found = {
        s.number: [(c.subject, c.predicate, c.object) for c in extractor.extract(_chunk(s))]
        for s in gold
    }
    forms = {s.number: extractor.lemmas(s.text) for s in gold}
    return score_parts(gold, found, lemmas=forms)


def _read_systems(folder: Path) -> Iterator[tuple[str, Output]]:
    """Names and outputs of the systems for English; none where the folder is missing."""
    for path in sorted(folder.glob("*_explicit.txt")):
        name = path.name.removesuffix("_explicit.txt")
        if not name.endswith(("_de", "_zh")):
            yield name, read_output(path)


def _chunk(sentence: GoldSentence) -> Chunk:
    text, number = sentence.text, str(sentence.number)
    return Chunk(id=number, document_id="benchie", start=0, end=len(text), text=text, language="en")


def _in_cluster(
    triple: SurfaceTriple,
    cluster: Iterable[SurfaceTriple],
    normalise: Callable[[str], list[str]],
) -> bool:
    subject, predicate, target = _words(triple[0]), normalise(triple[1]), _words(triple[2])
    return any(
        matches(_words(form[0]), subject)
        and matches(normalise(form[1]), predicate)
        and matches(_words(form[2]), target)
        for form in cluster
    )


def _words(text: str) -> list[str]:
    return text.split()


def _normaliser(lemmas: Mapping[str, str]) -> Callable[[str], list[str]]:
    def normalise(text: str) -> list[str]:
        """Lemmas without auxiliaries; brackets stay around their words."""
        kept = []
        for group, optional in _groups(_words(text)):
            for word in group:
                lemma = lemmas.get(word.lower(), word.lower())
                if lemma not in _AUXILIARIES or lemma == "have":
                    kept.append(f"[{lemma}]" if optional or lemma == "have" else lemma)
        return kept

    return normalise


def _groups(pattern: Iterable[str]) -> Iterator[tuple[list[str], bool]]:
    """Yield (words, whether they may be left out): bracketed groups and the words between them."""
    group: list[str] = []
    for token in pattern:
        opens = bool(group) or token.startswith("[")
        group.append(token.strip("[]") or token)
        if not opens or token.endswith("]"):
            yield group, opens
            group = []
    if group:
        yield group, True
