"""Who read, judged and reviewed, as PROV-O agents: each once, however much it did."""

import re
from collections.abc import Iterator

from kgpipe.publish.facts import Fact
from kgpipe.publish.iris import Iris
from kgpipe.publish.terms import Block, Pair, known, text

# The names of extractors that ask a language model: which one, and the digest of what it is asked.
_ASKING = re.compile(r"(?:llm|asgmkg):(?P<model>.+?):(?P<prompt>[0-9a-f]{12})(?::|$)")


class Agents:
    """The names of extractors, judges and reviewers, and of those that approved claims lead to."""

    def __init__(self) -> None:
        self._every: dict[str, set[str]] = {"extractor": set(), "judge": set(), "reviewer": set()}
        self._shown: dict[str, set[str]] = {"extractor": set(), "judge": set(), "reviewer": set()}

    def add(self, fact: Fact) -> None:
        """Note all that had to do with a claim."""
        votes = fact.verdict.evidence if fact.verdict else ()
        for known_names in (self._every, self._shown)[: 2 if fact.gate == "approved" else 1]:
            known_names["extractor"].update([triple.extractor for triple in fact.support])
            known_names["judge"].update([vote.judge for vote in votes])
            known_names["reviewer"].update([label.annotator for label in fact.labels])

    def describe(self, iris: Iris) -> Iterator[Block]:
        """A block for each."""
        graph = iris.graph("provenance")
        for name in self._every["extractor"]:
            withheld = name not in self._shown["extractor"]
            yield graph, iris.name("extractor", name), withheld, _describe_extractor(name, iris)
        for name in self._every["judge"]:
            withheld = name not in self._shown["judge"]
            yield graph, iris.name("judge", name), withheld, _describe(name, "SoftwareAgent")
        for name in self._every["reviewer"]:
            withheld = name not in self._shown["reviewer"]
            yield graph, iris.name("reviewer", name), withheld, _describe(name, "Person")


def _describe(name: str, kind: str) -> list[Pair]:
    return [(known("rdf:type"), known(f"prov:{kind}")), (known("rdfs:label"), text(name))]


def _describe_extractor(name: str, iris: Iris) -> list[Pair]:
    """The software that read a text, and of a language model what it was asked."""
    pairs = _describe(name, "SoftwareAgent")
    if asking := _ASKING.match(name):
        pairs.append((iris.term("model"), text(asking["model"])))
        pairs.append((iris.term("prompt_digest"), text(asking["prompt"])))
    return pairs
