"""A small made-up data set in CESI's form: two Bushes, one company, one food."""

import json
import zipfile
from pathlib import Path

from kgpipe.bench.cesi_data import PARTS

# Subject, predicate, object, sentences, gold.
ROWS = [
    ("George Bush", "be president of", "the United States", ["George Bush was president."], "g"),
    ("Bush", "sign", "the bill", ["President George Bush spoke, and Bush signed the bill."], "g"),
    ("Bush", "veto", "the bill", ["George Bush said no: Bush vetoed the bill."], "g"),
    ("Kate Bush", "sing", "a song", ["Kate Bush sang a song."], "k"),
    ("Bush", "record", "an album", ["Kate Bush is back, and Bush recorded an album."], "k"),
    ("Acme Motor Company", "build", "cars", ["Acme Motor Company builds cars."], "a"),
    ("Acme Motor", "sell", "cars", ["Acme Motor sells cars."], "a"),
    ("pizza", "be", "food", ["pizza is food"], "p"),
    ("Pizza", "be make in", "Naples", ["Pizza is made in Naples"], "p"),
]  # fmt: skip


def made_cesi(folder: Path, *, gold: list[str] | None = None) -> Path:
    """Write the rows as every part of CESI, with these gold entities."""
    labels = gold or [row[-1] for row in ROWS]
    lines = [
        json.dumps({
            "triple": [subject, predicate, obj],
            "src_sentences": sentences,
            "true_link": {"subject": label, "object": "NULL"},
            "entity_linking": {"subject": label, "object": None},
        })
        for (subject, predicate, obj, sentences, _), label in zip(ROWS, labels, strict=True)
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for archive in {archive for archive, _ in PARTS.values()}:
        with zipfile.ZipFile(folder / archive, "w") as file:
            for member in (inside for name, inside in PARTS.values() if name == archive):
                file.writestr(member, "\n".join(lines) + "\n")
    return folder
