import pytest

from kgpipe.text.spreadsheet_habits import is_same_cell


@pytest.mark.parametrize(
    ("original", "cell"),
    [
        # Excel's dates, in several countries.
        ("2019-03-01", "01/03/2019"), ("2019-03-01", "3/1/2019"), ("2019-03-01", "43525"),
        ("2019-03-01", "2019-03-01 00:00:00"), ("March 2019", "Mar-19"), ("March 2019", "mars-19"),
        ("March 2019", "2019-03-01"), ("3/4", "04-Mar"), ("3/4", "03-Apr"), ("2-3", "02. Mrz"),
        ("1 May 2001", "01-May-01"), ("juillet 2019", "juil-19"),
        # Its numbers.
        ("007", "7"), ("1.50", "1.5"), ("1,234", "1234"), ("1.234,5", "1234,5"), ("5%", "0.05"),
        ("123456789012345678", "1.23457E+17"), ("12.", "12."),
        # Typography and letters outside cp1252.
        ("“gold”", '"gold"'), ("Nziło  mine", "Nzi?o mine"), ("Gold", "gold"),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_does_by_itself(original: str, cell: str) -> None:
    assert is_same_cell(original, cell)


@pytest.mark.parametrize(
    ("original", "cell"),
    [
        ("mercury", "cyanide"), ("2.5", "2.6"), ("1,5", "15"), ("5", "5 t"), ("5%", "5"),
        ("3-5", "5-3"), ("1.2.3", "1.2.4"), ("2019-03-01", "2019-03-02"), ("2019-03", "2018-03"),
        ("March 2019", "March 2018"), ("March 2019", "Mar-18"), ("Mar-19", "Mar-18"),
        ("March 2019", "2 March 2019"), ("March 2019", "April 2019"), ("12", "1.2E+17"),
        ("gold", ""), ("", "gold"), ("4 camps", "5 camps"), ("in May", "in June"),
    ],
)  # fmt: skip
def test_what_only_a_person_does(original: str, cell: str) -> None:
    assert not is_same_cell(original, cell)
