"""Finds the files that travel with the package: `prompts/...` and `data/...`."""

import os
from pathlib import Path

from kgpipe.errors import KgpipeError

_PACKAGE = Path(__file__).resolve().parent
# In a wheel the two folders stand inside the package; in a checkout beside it.
_PLACES = (_PACKAGE / "_assets", _PACKAGE.parent)


def asset_path(name: str) -> Path:
    """Return the path of an asset such as `prompts/extract.md`.

    A folder named by the environment variable `KGPIPE_ASSETS` is searched first, so that a user
    can replace a prompt or a data file without touching the installation.

    Raises:
        KgpipeError: no such asset.
    """
    override = os.environ.get("KGPIPE_ASSETS")
    places = ((Path(override),) if override else ()) + _PLACES
    for place in places:
        if (place / name).exists():
            return place / name
    searched = ", ".join(str(place) for place in places)
    raise KgpipeError(
        f"The file {name} that belongs to kgpipe is missing (searched {searched}). "
        "Reinstall kgpipe, or check KGPIPE_ASSETS."
    )
