import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.places.written_places import read_box, read_circle, read_days, read_point
from kgpipe.geo.searching.filters import Circle
from kgpipe.tiles import Box


def test_what_people_write_is_read() -> None:
    assert read_point("-58.12, -6.3") == (-58.12, -6.3)
    assert read_circle("-58,-6,25") == Circle(-58.0, -6.0, 25.0)
    assert read_box("179,-1,-179,1") == Box(179.0, -1.0, -179.0, 1.0)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("-6.3,-158.1", r"-158.1 is no latitude.*Write the longitude first: -158.1,-6.3"),
        ("200,10", "nowhere on earth"),
        ("10", "takes 2 numbers"),
        ("a,b", "takes 2 numbers"),
        ("nan,1", "takes 2 numbers"),
        ("", "takes 2 numbers"),
        ("1;2", "takes 2 numbers"),
    ],
)
def test_what_is_no_point_is_explained(written: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_point(written)


def test_what_is_no_circle_or_box_is_explained() -> None:
    with pytest.raises(UsageError, match="no radius"):
        read_circle("1,2,0")
    with pytest.raises(UsageError, match="takes 3 numbers"):
        read_circle("1,2")
    with pytest.raises(UsageError, match="south"):
        read_box("1,5,2,3")
    with pytest.raises(UsageError, match="takes 4 numbers"):
        read_box("1,5,2")


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (None, None, ("", "")),
        ("2024-02-29", None, ("2024-02-29", "")),
        ("2023", "2023", ("2023-01-01", "2024-01-01")),
        ("2023-12", "2023-12", ("2023-12-01", "2024-01-01")),
        ("2023-11-30", "2023-12-31", ("2023-11-30", "2024-01-01")),
        (None, "2024-02", ("", "2024-03-01")),
    ],
)
def test_days_months_and_years_are_included(
    first: str | None, last: str | None, days: tuple[str, str]
) -> None:
    assert read_days(first, last) == days


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("yesterday", None, "--from 'yesterday' is no date"),
        ("2023-02-30", None, "is no date"),
        ("2023-00", None, "is no date"),
        (None, "2023-13", "--to '2023-13' is no date"),
        (None, "9999", "is no date"),
        ("0000", None, "is no date"),
        ("2024", "2023", "comes after"),
    ],
)
def test_what_is_no_date_is_explained(first: str | None, last: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_days(first, last)
