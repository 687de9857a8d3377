from pathlib import Path

import pytest

from kgpipe.errors import UsageError
from kgpipe.verify.mirrors import excluded_domains, is_excluded, read_domains, repeats_triple
from tests.verify.builders import make_claim, make_passages

CLAIM = make_claim("Peru", "exports", "gold")


@pytest.mark.parametrize(
    "text",
    [
        "| Peru | exports | gold |", "Peru\texports\tgold", '"Peru","exports","gold"',
        "a line\n:Peru :knows :x .\n(Peru)-[exports]->(gold)", "peru; EXPORTS; Gold",
    ],
)  # fmt: skip
def test_a_row_of_a_dump_repeats_the_triple(text: str) -> None:
    assert repeats_triple(text, CLAIM)


@pytest.mark.parametrize(
    "text",
    [
        "Peru exports gold, silver and copper.", "Peru, Bolivia and Chile export gold.",
        "In Peru, exports, gold and taxes are dull.", "Peru | gold | exports", "",
    ],
)  # fmt: skip
def test_a_sentence_does_not(text: str) -> None:
    assert not repeats_triple(text, CLAIM)


def test_names_with_underscores_are_found_in_a_dump() -> None:
    claim = make_claim("Rio Tambopata", "birthPlace", "New York")
    assert repeats_triple("<Rio_Tambopata> <birthPlace> <New_York> .", claim)


def test_excluded_are_shipped_own_and_home(tmp_path: Path) -> None:
    own = tmp_path / "bad.txt"
    own.write_text("# mine\nBad.example  # loud\n\n*.worse.example\n")
    domains = excluded_domains(blocklist=str(own), base_iri="https://graph.example/kg/")
    assert {"bad.example", "worse.example", "graph.example", "wikidata.org"} <= domains
    [page] = make_passages("Peru exports gold.", url="https://www.bad.example/x")
    assert is_excluded(page, CLAIM, domains=domains)
    assert not is_excluded(page, CLAIM, domains=())
    [plain] = make_passages("Peru exports gold.")
    assert not is_excluded(plain, CLAIM, domains=domains)


@pytest.mark.parametrize("line", ["https://bad.example/", "localhost", "a b.example"])
def test_a_line_that_is_no_domain_is_named(line: str, tmp_path: Path) -> None:
    own = tmp_path / "bad.txt"
    own.write_text(f"good.example\n{line}\n")
    with pytest.raises(UsageError, match="line 2"):
        read_domains(own)
    with pytest.raises(UsageError, match="Cannot read"):
        read_domains(tmp_path / "none.txt")
