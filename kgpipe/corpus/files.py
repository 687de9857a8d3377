"""Which files a run reads, and why it leaves the others out."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from kgpipe.errors import ItemError
from kgpipe.ids import content_digest
from kgpipe.types import Rejection, SourceFile

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".csv": "text/csv",
}
# Line ends, terminal escapes and turns of the writing direction: a name with one of them could
# pass for another in a message.
_MISLEADING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def list_files(
    inputs: Sequence[Path], *, stage: str = "read", leave_out: Path | None = None
) -> tuple[list[SourceFile], list[Rejection]]:
    """Find the files under `inputs`, in a stable order.

    Args:
        inputs: files, or folders to be searched with all their folders; hidden ones are skipped.
        stage: named by the rejections.
        leave_out: a folder below an input that is passed over, as hidden ones are.

    Returns:
        The files, each content once, and a rejection for everything else. A file's `source` is
        its path from the given folder on ("folder/sub/file.pdf"), or its bare name.
    """
    files: list[SourceFile] = []
    rejections: list[Rejection] = []
    first_with: dict[str, str] = {}
    for path, source in _members(inputs, leave_out):
        try:
            digest = _digest(path)
            if digest in first_with:
                raise ItemError("duplicate", f"Same content as {first_with[digest]}; read once.")
        except ItemError as error:
            rejections.append(
                Rejection(stage=stage, item=source, reason=error.reason, detail=error.detail)
            )
            continue
        first_with[digest] = source
        files.append(SourceFile(path=str(path), source=source, sha256=digest))
    return _with_unique_sources(files), rejections


def _members(inputs: Sequence[Path], leave_out: Path | None) -> Iterator[tuple[Path, str]]:
    """Every path once, with its source name."""
    seen: set[Path] = set()
    for given in inputs:
        base = _absolute(given)
        for path in _walk(base, leave_out and _absolute(leave_out)):
            if path not in seen:
                seen.add(path)
                yield path, _printable(path.relative_to(base.parent).as_posix())


def _absolute(path: Path) -> Path:
    """Absolute, so that "." has a name too; links are kept as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links


def _printable(name: str) -> str:
    """Results are UTF-8, a name may hold any bytes: others are spelled out, and so are controls."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return _MISLEADING.sub(lambda match: ascii(match.group())[1:-1], text)


def _walk(base: Path, leave_out: Path | None) -> Iterator[Path]:
    """The file itself, or a folder's files; an unreadable folder comes as an item of its own."""
    if not base.is_dir():
        yield base
        return
    unreadable: list[Path] = []
    found: list[Path] = []
    for folder, folders, names in os.walk(
        base, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        folders[:] = [
            name for name in folders if not name.startswith(".") and Path(folder, name) != leave_out
        ]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    yield from sorted(found + unreadable)


def _digest(path: Path) -> str:
    """The content's SHA-256.

    Raises:
        ItemError: `unsupported_type`, `missing`, `unreadable` or `empty`.
    """
    if path.suffix.lower() not in MEDIA_TYPES and not path.is_dir() and path.exists():
        known = ", ".join(MEDIA_TYPES)
        raise ItemError("unsupported_type", f"Only {known} are read. Convert the file to one.")
    if path.exists() and not (path.is_file() or path.is_dir()):
        # Reading a pipe waits for its writer, reading a device may never end.
        raise ItemError(
            "unreadable", "This is a pipe, socket or device. Give its content as a file."
        )
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ItemError("missing", "There is no such file. Check the path.") from error
    except OSError as error:
        raise ItemError(
            "unreadable", f"{error.strerror}. Check the permissions and links of the file."
        ) from error
    if not content:
        raise ItemError("empty", "The file has 0 bytes. Get a complete copy.")
    return content_digest(content)


def _with_unique_sources(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Where two folders of the same name hold the same path, add the content's digest to both."""
    counts = Counter(file.source for file in files)
    return [
        file
        if counts[file.source] == 1
        else file.model_copy(update={"source": _marked(file.source, file.sha256)})
        for file in files
    ]


def _marked(source: str, digest: str) -> str:
    path = PurePosixPath(source)
    # Eight hex digits part the few files that share a name.
    return path.with_name(f"{path.stem}.{digest[:8]}{path.suffix}").as_posix()
