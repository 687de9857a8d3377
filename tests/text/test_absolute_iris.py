import pytest

from kgpipe.text.absolute_iris import is_iri


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("https://sws.geonames.org/3378535/", True),
        ("urn:x:y", True),
        ("http://a/b> <c", False),
        ("no scheme", False),
        ("", False),
    ],
)
def test_only_absolute_iris_are_iris(value: str, holds: bool) -> None:
    assert is_iri(value) is holds
