"""Texts that describe training tiles, made of their labels and places by templates.

They teach the space what words mean. A tile is never described where it is searched or measured.
"""

from collections.abc import Sequence

from kgpipe.tiles import Tile

# What a label is called in a question; a label that is not here is read as its words. Several
# wordings keep the space from learning one.
WORDINGS = {
    "mine": ("gold mine", "mining ponds", "open-pit gold mining"),
    "artisanal_gold_mine": ("artisanal gold mine", "small-scale gold mining"),
    "dredge_mining": ("dredge mining on a river", "gold dredges"),
    "not_mine": ("land without a mine",),
    "hard_negative": ("bare ground that is no mine",),
    "random_background": ("forest and open land",),
    "cloud_remnant": ("clouds",),
    "aquaculture_pond": ("aquaculture ponds", "fish ponds"),
    "industrial": ("industrial site",),
    "riverbank": ("bare river bank", "sand bank in a river"),
    "landslide": ("landslide",),
    "mining_ponds": ("mining ponds", "gold mine with ponds"),
}
# How a tile is described of which only the place is known.
_ANY_LAND = "land"


def describe(tile: Tile) -> tuple[str, ...]:
    """All descriptions of a tile, each true of it: "gold mine in Yanomami, Brazil".

    Each label is worded by itself and within its places, the narrowest first; without labels the
    places stand alone; without both there is no description.
    """
    wordings = [text for label in tile.labels for text in _word(label)]
    if not wordings and tile.places:
        return tuple(f"{_ANY_LAND}{within}" for within in _within(tile.places))
    places = ("", *_within(tile.places))
    return tuple(dict.fromkeys(f"{text}{within}" for text in wordings for within in places))


def _word(label: str) -> tuple[str, ...]:
    return WORDINGS.get(label) or (label.replace("_", " ").strip().lower(),)


def _within(places: Sequence[str]) -> tuple[str, ...]:
    """How a text goes on: within the widest place, and within all, the narrowest first."""
    if not places:
        return ()
    widest, *_ = places
    if len(places) == 1:
        return (f" in {widest}",)
    return (f" in {widest}", f" in {', '.join(reversed(places))}")
