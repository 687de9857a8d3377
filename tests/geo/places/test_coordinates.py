import pytest

from kgpipe.geo.places.coordinates import find_coordinates

# A text, what of it is coordinates, and what they are: longitude, latitude.
STATED = [
    ("The camp (4°46'36.7\"N, 61°28'58.1\"W) is old.", "4°46'36.7\"N, 61°28'58.1\"W",
     (-61.4828056, 4.7768611)),
    ("a 4º46\u203236\u2033 S y 61º28\u203258\u2033 O",
     "4º46\u203236\u2033 S y 61º28\u203258\u2033 O", (-61.4827778, -4.7766667)),
    ("W 61°28.5' N 4°46.1'", None, (-61.475, 4.7683333)),
    ("at 12.593° S, 69.189° W.", "12.593° S, 69.189° W", (-69.189, -12.593)),
    ("at 12,593 S; 69,189 O", "12,593 S; 69,189 O", (-69.189, -12.593)),
    ("N 4.5 E 10.25", "N 4.5 E 10.25", (10.25, 4.5)),
    ("lat -12.593, lon: -69.189 here", "lat -12.593, lon: -69.189", (-69.189, -12.593)),
    ("Latitud: -12.593 Longitud: -69.189", None, (-69.189, -12.593)),
    ("Lon/Lat: -69.189, -12.593", "Lon/Lat: -69.189, -12.593", (-69.189, -12.593)),
    ("longitude \u221269.189, latitude \u221212.593", None, (-69.189, -12.593)),
    ("12°35'34.8''S 69°11'20.4''W", None, (-69.189, -12.593)),
    ("located at 110.5 E, 20.2 N", "110.5 E, 20.2 N", (110.5, 20.2)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "quote", "expected"), STATED)
def test_coordinates_are_read_with_their_span(
    text: str, quote: str | None, expected: tuple[float, float]
) -> None:
    [found] = find_coordinates(text)
    [reading] = found.readings
    assert reading == pytest.approx(expected, abs=1e-6)
    assert text[found.start : found.end] == (quote or text)


def test_a_bare_pair_has_both_readings() -> None:
    text = "Coordinates: -3.456, -60.25 (river)"
    [found] = find_coordinates(text)
    assert found.readings == ((-60.25, -3.456), (-3.456, -60.25))
    assert text[found.start : found.end] == "-3.456, -60.25"


def test_a_bare_pair_of_which_one_is_no_latitude_has_one_reading() -> None:
    [found] = find_coordinates("GPS -112.456, 60.25")
    assert found.readings == ((-112.456, 60.25),)


@pytest.mark.parametrize(
    "text",
    [
        "Grades of 1.25, 3.75 g/t were found.",  # No word tells that these are coordinates.
        "Between 4 N and 5 mines, 6 E lie open.",
        "95.5° N, 10.2° E",  # No latitude.
        "4°70'00\"N, 61°28'00\"W",  # 70 minutes.
        "lat 12.5 was measured",
        "In 2018, 40 S. miners and 20 W. miners came.",
        "UTM 19S 371234 8678901",
        "",
    ],
)
def test_what_is_no_pair_of_coordinates_is_left(text: str) -> None:
    assert find_coordinates(text) == []


def test_precision_is_half_a_unit_of_the_last_digit() -> None:
    [whole] = find_coordinates("4 N, 61 W")
    [second] = find_coordinates("4°46'36\"N, 61°28'58\"W")
    [mixed] = find_coordinates("4.5 N, 61.1234 W")
    assert whole.radius_km == pytest.approx(55.6)
    assert second.radius_km == pytest.approx(111.2 / 7200, abs=1e-4)
    assert mixed.radius_km == pytest.approx(5.56)


def test_all_coordinates_of_a_text_in_order() -> None:
    text = "First 4.5° N, 61.2° W, then lat 3.1, lon -60.2, last 5.5 S 10.5 E."
    assert [one.readings[0] for one in find_coordinates(text)] == [
        (-61.2, 4.5), (-60.2, 3.1), (10.5, -5.5),
    ]  # fmt: skip
