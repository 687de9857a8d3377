from kgpipe.geo.training.descriptions import describe
from kgpipe.tiles import Tile


def tile(labels: tuple[str, ...] = (), places: tuple[str, ...] = ()) -> Tile:
    return Tile(id="t", source="s", labels=labels, places=places)


def test_a_label_is_worded_alone_and_within_its_places() -> None:
    texts = describe(tile(("mine",), ("Brazil", "Yanomami")))
    assert "gold mine" in texts
    assert "gold mine in Brazil" in texts
    assert "gold mine in Yanomami, Brazil" in texts


def test_an_unknown_label_is_read_as_its_words() -> None:
    assert describe(tile(("Flooded_vegetation",))) == ("flooded vegetation",)


def test_a_place_alone_is_land_there() -> None:
    assert describe(tile((), ("Peru",))) == ("land in Peru",)


def test_what_nothing_is_known_of_has_no_description() -> None:
    assert describe(tile()) == ()


def test_no_description_is_given_twice() -> None:
    texts = describe(tile(("mine", "mining_ponds"), ("Peru",)))
    assert len(texts) == len(set(texts))
