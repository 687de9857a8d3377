import pytest

from kgpipe.extract.caption import Caption, find_caption


@pytest.mark.parametrize(
    ("before", "caption"),
    [
        ("Text.\n\nTable 1.2: Gold, 2015", Caption("Gold, 2015", "Gold", "2015")),
        ("Tabla 3\n\nCasos, Colombia", Caption("Casos, Colombia", "Casos")),
        ("Budgets by country\n\n", Caption("Budgets by country", "Budgets")),
        ("Table 2. Output (t), 2014\u20132016", Caption("Output (t), 2014\u20132016", "Output")),
        ("A sentence ends here.", Caption()),
        ("x" * 300, Caption()),
        ("", Caption()),
    ],
)  # fmt: skip
def test_find_caption(before: str, caption: Caption) -> None:
    assert find_caption(before) == caption
