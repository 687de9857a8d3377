"""Files of fitted numbers: JSON with the form that a version of kgpipe writes and reads."""

import json
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError


def read_fitted(path: Path, *, what: str, form: str) -> dict[str, Any]:
    """Return the content of a file whose `format` is `form`.

    Args:
        path: the file.
        what: it should be, for the message ("fitted model").
        form: name and version, as the file says it.

    Raises:
        KgpipeError: unreadable, no JSON, or of another form.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KgpipeError(f"Cannot read the {what} {path}: {error}.") from error
    if not isinstance(tree, dict) or tree.get("format") != form:
        raise KgpipeError(f"{path} is no {what} of the format {form!r}. Fit it again.")
    return tree
