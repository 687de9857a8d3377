"""A few names in the shape of the public data."""

import json
from pathlib import Path

import yaml

from kgpipe.bench.names_clusterings import FORMS
from kgpipe.bench.names_data import COUNTRIES, DOCUMENTS, PASSAGES


def made_names(folder: Path) -> Path:
    for path in (PASSAGES, DOCUMENTS, COUNTRIES, FORMS):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    passages = [
        {"text": "Along rivers (Rio Tapajos) and Lake Volta, miners met the Ministry of Mines."},
        {"text": "Gold from Madre de Dios goes to Switzerland, says the Bank of Ghana."},
    ]
    lines = "\n".join(map(json.dumps, passages))
    (folder / PASSAGES).write_text(lines, encoding="utf-8")
    documents = [{"vertexSet": [[{"name": "Alluvial Gold Ltd"}, {"name": "Itaituba"}]]}]
    (folder / DOCUMENTS).write_text(json.dumps(documents), encoding="utf-8")
    countries = {"GH": ["Ghana", "Republic of Ghana", "加纳"], "NO": [False, "Norway"]}
    (folder / COUNTRIES).write_text(yaml.safe_dump(countries, allow_unicode=True), "utf-8")
    forms = [
        {"title": "one", "entities": [
            {"type": "ORG", "forms": ["National Gold Agency", "National Gold Agencies"]},
            {"type": "LOC", "forms": ["Ghana"]}, {"type": "LOC", "forms": ["Guyana"]}]},
        {"title": "two", "entities": [
            {"type": "LOC", "forms": ["Ghana", "Gold Coast"]},
            {"type": "MISC", "forms": ["Ghana", "export of mercury"]},
            {"type": "MISC", "forms": ["import of mercury"]}]},
    ]  # fmt: skip
    (folder / FORMS).write_text("\n".join(map(json.dumps, forms)), encoding="utf-8")
    return folder
