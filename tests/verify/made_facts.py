"""A small made-up world: claims with pages, half of them wrong, for tests of what is learned."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from kgpipe.verify.sightings import Page
from kgpipe.verify.signals import Statement

_FIRST = ("Ada", "Bruno", "Clara", "Dario", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas")
_LAST = ("Abbot", "Brandt", "Castillo", "Duarte", "Eklund", "Fontaine", "Grimaldi", "Hollis")
_TOWNS = ("Lisbon", "Accra", "Tampere", "Cusco", "Ghent", "Nairobi", "Osaka", "Medellin")
_BOOKS = ("The Silver Road", "Winter Harbour", "A House of Salt", "The Long Ferry",
          "Nine Lanterns", "The Glass Orchard", "Paper Mountains", "The Ninth Bell")  # fmt: skip
_SAYS = {
    "birthPlace": (
        "{s} was born in {o} and went to school there.",
        "Born in {o}, {s} moved away at the age of ten.",
        "The birthplace of {s} is {o}, says the town's chronicle.",
    ),
    "author": (
        "{s} wrote the novel {o} in one summer.",
        "{o}, a book by {s}, sold well.",
        "The author of {o} is {s}, whose stories are read in schools.",
    ),
    "employer": (
        "{s} has worked for {o} since spring.",
        "{o} pays {s} by the hour, its employee says.",
        "The employer of {s} is {o}, which makes glass.",
    ),
    "spouse": (
        "{s} married {o} in a small church.",
        "{o}, the spouse of {s}, sings well.",
        "{s} and {o} have been husband and wife for years.",
    ),
    "deathPlace": (
        "{s} died in {o} at the age of ninety.",
        "The death of {s} in {o} was in the papers.",
        "{s} was ill for long and passed away in {o}.",
    ),
    "school": (
        "{s} studied at {o} and graduated with honours.",
        "{o} was the school of {s}, an alumnus of note.",
        "{s} attended {o} with two brothers.",
    ),
}
_VALUES = {
    "birthPlace": _TOWNS, "deathPlace": _TOWNS, "author": _BOOKS,
    "employer": ("Lumen Glass", "Corvin Mills", "Tarn Shipping", "Oxbow Paper", "Helm & Sons"),
    "spouse": ("Nora Vance", "Otto Keller", "Paula Rinne", "Samir Haddad", "Tilda Moe"),
    "school": ("Elm College", "Rook Academy", "Saint Bride", "Harrow Institute", "Dale Lyceum"),
}  # fmt: skip
RELATIONS = tuple(_SAYS)
_FILLER = (
    "The weather was mild that year.", "Trains ran late for weeks.", "Prices rose a little.",
    "A new bridge was opened in spring.", "The market was full of people.",
)  # fmt: skip


class MadeFact(NamedTuple):
    """A statement, whether it is true, and its pages."""

    id: str
    statement: Statement
    true: bool
    pages: tuple[Page, ...]


def make_facts(
    count: int, seed: int = 0, relations: Sequence[str] = RELATIONS[:2]
) -> list[MadeFact]:
    """Claims on people; the pages of each state what is true of the subject."""
    generator = random.Random(seed)
    people = [f"{first} {last}" for first in _FIRST for last in _LAST]
    generator.shuffle(people)
    facts = []
    for number in range(count):
        subject = people[number % len(people)]
        predicate = relations[number % len(relations)]
        right, wrong = generator.sample(_VALUES[predicate], 2)
        true = generator.random() < 0.5
        pages = tuple(
            Page(f"page-{number}-{place}", _write_page(generator, subject, predicate, right))
            for place in range(4)
        )
        claimed = right if true else wrong
        facts.append(
            MadeFact(f"fact-{number}", Statement((subject,), predicate, (claimed,)), true, pages)
        )
    return facts


def _write_page(generator: random.Random, subject: str, predicate: str, value: str) -> str:
    told = generator.choice(_SAYS[predicate]).format(s=subject, o=value)
    filler = [*generator.sample(_FILLER, 3), f"Note {generator.randrange(10**6)} was filed."]
    return " ".join([filler[0], told, *filler[1:]])
