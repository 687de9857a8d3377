"""A small corpus whose run has all that the review page shows: pages, conflicts, merges, markup."""

from pathlib import Path

from tests.inputs import pdf_of

# Were it taken for markup, the page's title would tell.
HOSTILE = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"
LINES = (
    "The camp and its neighbours",
    "The cooperative owns four dredges.",
    "Small-scale miners use mercury in Ghana.",
    "Ball mills use electricity.",
    "The council banned cyanide in 2019.",
    "The gold shop buys amalgam from miners.",
)
FILES = {
    "river.pdf": pdf_of(LINES),
    "notes.txt": (
        "Notes from the river\n\n"
        "Small-scale miners use Hg in Ghana. The clinic treats forty patients.\n\n"
        f"Dredges damage the river bed {HOSTILE} near the camp. Ecuador exports gold.\n\n"
        "In 2019, mining covered 120 hectares of land. The ministry banned lamps in 2019.\n"
    ).encode(),
    "places.txt": b"Places\n\n"
    b"In 2019, mining covered 340 hectares of land.\n\nThe refinery buys gold.\n",
    "facts.csv": f'subject,predicate,object\n"{HOSTILE}",uses,"{HOSTILE}"\n'.encode(),
}
EVIDENCE = {"survey.txt": b"A survey found that small-scale miners use mercury in Ghana.\n"}


def write_corpus(folder: Path) -> None:
    """Write `in` and `ev` into a folder."""
    for name, files in (("in", FILES), ("ev", EVIDENCE)):
        (folder / name).mkdir()
        for file, content in files.items():
            (folder / name / file).write_bytes(content)
