"""No witnesses: texts that only repeat a knowledge graph, and sites that the user distrusts."""

from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from kgpipe.assets import asset_path
from kgpipe.errors import UsageError
from kgpipe.text.domains import is_in_domains
from kgpipe.text.tokens import tokenize
from kgpipe.types import Claim, Passage

# What parts the cells of a triple in a dump, beside a comma without blanks.
_SEPARATORS = frozenset("|\t;<>(){}[]")
# Nobody publishes there (RFC 2606): the default base of the graph's addresses is one of them.
_RESERVED = frozenset({"example.org", "example.com", "example.net"})


def read_domains(path: Path) -> frozenset[str]:
    """The domains that a file lists, one a line; `#` begins a comment.

    Raises:
        UsageError: the file cannot be read, or a line is no domain.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the list of domains {path}: {error}.") from error
    domains = set()
    for number, line in enumerate(lines, start=1):
        if not (domain := line.partition("#")[0].strip().lower().rstrip(".")):
            continue
        domain = domain.removeprefix("*.")
        if "." not in domain or any(char in domain for char in "/: \t"):
            raise UsageError(
                f"{path}, line {number}: {domain!r} is no domain; write it as example.org."
            )
        domains.add(domain)
    return frozenset(domains)


def excluded_domains(*, blocklist: str, base_iri: str) -> frozenset[str]:
    """The mirrors that ship with kgpipe, the user's own list, and where the graph is published.

    Raises:
        UsageError: the user's list cannot be read.
    """
    listed = read_domains(asset_path("data/verify/mirrors.txt"))
    own = read_domains(Path(blocklist)) if blocklist else frozenset()
    home = urlsplit(base_iri).hostname or ""
    published = frozenset({home} if "." in home and home not in _RESERVED else ())
    return listed | own | published


def is_excluded(passage: Passage, claim: Claim, *, domains: Collection[str]) -> bool:
    """Whether a passage is no witness: from an excluded domain, or the claim as a row of a dump."""
    return is_in_domains(passage.url or "", domains) or repeats_triple(passage.text, claim)


def repeats_triple(text: str, claim: Claim) -> bool:
    """Whether a line has the claim's three parts as neighbouring cells, in its very words.

    A sentence has no separator between all three; a list of "Peru, Bolivia" has not the predicate.
    """
    forms = [
        tuple(token.form for token in tokenize(part))
        for part in (claim.subject, claim.predicate.replace("_", " "), claim.object)
    ]
    if not all(forms):
        return False
    ends = [end.replace("_", " ").casefold() for end in (claim.subject, claim.object)]
    return any(
        _has_row(line, forms)
        for line in text.splitlines()
        # Most lines are told apart without cutting them into words.
        if all(end in line.replace("_", " ").casefold() for end in ends)
    )


def _has_row(line: str, forms: list[tuple[str, ...]]) -> bool:
    tokens = tokenize(line)
    words = [token.form for token in tokens]
    wanted = [form for part in forms for form in part]
    borders = (len(forms[0]), len(forms[0]) + len(forms[1]))
    for at in range(len(words) - len(wanted) + 1):
        if words[at : at + len(wanted)] != wanted:
            continue
        gaps = [line[tokens[at + b - 1].end : tokens[at + b].start] for b in borders]
        if all(_SEPARATORS & set(gap) or gap.strip("\"'") == "," for gap in gaps):
            return True
    return False
