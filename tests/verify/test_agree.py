import pytest

from kgpipe.verify.agree import compare
from kgpipe.verify.amounts import find_amounts


@pytest.mark.parametrize(
    ("claimed", "stated", "relation"),
    [
        ("1,200 hectares", "1.200 ha", "equal"), ("1,200 hectares", "12 km2", "equal"),
        ("1,200 hectares", "1,300 ha", "rival"), ("1,200 hectares", "1,200 tonnes", "other"),
        ("12%", "12 per cent", "equal"), ("12%", "13 percent", "rival"),
        ("868,110 hectares", "868,000 hectares", "equal"),
        ("100 tonnes", "about 95 tonnes", "equal"), ("100 tonnes", "95 tonnes", "rival"),
        ("100 tonnes", "more than 90 tonnes", "other"),
        ("100 tonnes", "more than 200 tonnes", "rival"), ("100 tonnes", "up to 90 tonnes", "rival"),
        ("16 countries", "sixteen countries", "equal"), ("16 countries", "12 countries", "rival"),
        ("3 countries", "3 mines", "other"), ("3,747 footprints", "3,747 sites", "equal"),
        ("16 countries", "12 mines", "other"),
        ("10 October 2013", "October 2013", "equal"), ("2013", "10 October 2013", "equal"),
        ("10 October 2013", "11 October 2013", "rival"), ("2013", "2014", "rival"),
        ("October 2013", "10 October", "equal"), ("2013", "4 May", "other"),
        ("7439-97-6", "7439-97-6", "equal"), ("7439-97-6", "7439-92-1", "rival"),
        ("7439-97-6", "12-12-12", "other"), ("7439-97-6", "7439 mines", "other"),
    ],
)  # fmt: skip
def test_relations(claimed: str, stated: str, relation: str) -> None:
    assert compare(find_amounts(claimed)[0], find_amounts(stated)[0]) == relation
