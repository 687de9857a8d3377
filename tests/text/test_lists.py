import pytest

from kgpipe.text.lists import split_list


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("mercury, cyanide and lead", ["mercury", "cyanide", "lead"]),
        ("Huila, Meta, Norte de Santander y Cauca",
         ["Huila", "Meta", "Norte de Santander", "Cauca"]),
        ("gold, tin, and coltan", ["gold", "tin", "coltan"]),
        ("ouro; prata e cobre", ["ouro", "prata", "cobre"]),
    ],
)  # fmt: skip
def test_lists_are_parted(text: str, items: list[str]) -> None:
    assert split_list(text) == items


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Itaituba, Brazil",
        "Black and White",
        "Trinidad and Tobago",
        "1,250,000 and more",
        "Madre de Dios, Peru, South America",
        "miners who came from the coast, families, and their goods",
        "Peru, the rivers and Lima",
    ],
)
def test_what_is_no_list_stays_whole(text: str) -> None:
    assert split_list(text) == [text]
