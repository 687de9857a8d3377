import pytest

from kgpipe.text.domains import is_in_domains


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://wikidata.org/wiki/Q1", True), ("http://www.WIKIDATA.org:80/", True),
        ("https://m.www.wikidata.org./x", True), ("https://notwikidata.org/", False),
        ("https://wikidata.org.example.com/", False), ("https://example.com/wikidata.org", False),
        ("", False), ("http://[broken", False), ("wikidata.org", False),
    ],
)  # fmt: skip
def test_a_domain_holds_its_subdomains_and_no_others(url: str, inside: bool) -> None:
    assert is_in_domains(url, {"wikidata.org"}) is inside
