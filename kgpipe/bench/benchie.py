"""BenchIE (Gashteovski et al., ACL 2022): open information extraction scored by facts.

The gold lists, for each sentence, clusters of surface triples that state the same fact. A system
triple is right if it equals one surface form of a cluster, where words in brackets may be left
out. Precision counts system triples, recall counts clusters (paper, section 3).

Beside the benchmark's exact rule a second figure compares predicates by lemma, without auxiliaries:
kgpipe lemmatises predicates by convention, the gold keeps them inflected.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kgpipe.backends.embedded_extractor import EmbeddedExtractor
from kgpipe.errors import KgpipeError
from kgpipe.types import Candidate, Chunk

Part = Literal["dev", "test", "all"]
SurfaceTriple = tuple[str, str, str]
# Rules are written on the first half of the sentences and judged on the second.
_DEV_SENTENCES = 150
_GOLD = "gold/2_annotators/benchie_gold_annotations_en.txt"
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


def run(data: Path, out: Path, *, part: Part = "dev") -> dict[str, Any]:
    """Extract from the sentences of `part` with the embedded extractor and score the triples.

    Args:
        data: the benchmark's folder with `gold/`.
        out: folder for `report.json` and `benchie_triples.tsv`.
        part: sentences 1-150 (`dev`), the others (`test`), or `all`.

    Returns:
        `exact` and `lemmatised`, each with precision, recall, f1; counts of triples and clusters.
    """
    extractor = EmbeddedExtractor()
    gold = [sentence for sentence in read_gold(data / _GOLD) if _in_part(sentence.number, part)]
    found = {s.number: _surface(extractor.extract(_chunk(s))) for s in gold}
    forms = {s.number: extractor.lemmas(s.text) for s in gold}
    report: dict[str, Any] = {
        "benchmark": "BenchIE",
        "part": part,
        "extractor": extractor.name,
        "triples": sum(map(len, found.values())),
        "clusters": sum(len(s.clusters) for s in gold),
        "exact": score(gold, found),
        "lemmatised": score(gold, found, lemmas=forms),
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


def score(
    gold: Iterable[GoldSentence],
    found: Mapping[int, list[SurfaceTriple]],
    *,
    lemmas: Mapping[int, Mapping[str, str]] | None = None,
) -> dict[str, float]:
    """Precision over triples, recall over clusters, and F1.

    Args:
        gold: the sentences that count.
        found: system triples by sentence number.
        lemmas: word form -> lemma by sentence; with it predicates are compared by lemma.
    """
    right = triples = hit = clusters = 0
    for sentence in gold:
        normalise = _normaliser(lemmas[sentence.number]) if lemmas else _words
        system = list(dict.fromkeys(found.get(sentence.number, [])))
        matched = [
            {i for i, triple in enumerate(system) if _in_cluster(triple, cluster, normalise)}
            for cluster in sentence.clusters
        ]
        right += len(set().union(*matched))
        triples += len(system)
        hit += sum(map(bool, matched))
        clusters += len(matched)
    precision = right / triples if triples else 0.0
    recall = hit / clusters if clusters else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def matches(pattern: list[str], words: list[str]) -> bool:
    """Whether `words` is `pattern` with any of its bracketed words left out."""
    reached = {0}
    for token, optional in _optional(pattern):
        step = {at + 1 for at in reached if at < len(words) and words[at] == token}
        reached = reached | step if optional else step
    return len(words) in reached


def _in_part(number: int, part: Part) -> bool:
    return part == "all" or (number <= _DEV_SENTENCES) == (part == "dev")


def _chunk(sentence: GoldSentence) -> Chunk:
    text, number = sentence.text, str(sentence.number)
    return Chunk(id=number, document_id="benchie", start=0, end=len(text), text=text, language="en")


def _surface(candidates: Iterable[Candidate]) -> list[SurfaceTriple]:
    return [(c.subject, c.predicate, c.object) for c in candidates]


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
        for word, optional in _optional(_words(text)):
            lemma = lemmas.get(word.lower(), word.lower())
            if lemma not in _AUXILIARIES or lemma == "have":
                kept.append(f"[{lemma}]" if optional or lemma == "have" else lemma)
        return kept

    return normalise


def _optional(pattern: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield (word, whether it may be left out); a bracket may span several words."""
    inside = False
    for token in pattern:
        inside = inside or token.startswith("[")
        yield token.strip("[]") or token, inside
        inside = inside and not token.endswith("]")
