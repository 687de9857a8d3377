"""Prompts and the block that keeps a document's text apart from the instructions."""

from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.ids import content_digest, content_id


class Prompt(NamedTuple):
    """A prompt file's text and its sha256, which is its version."""

    text: str
    digest: str


def read_prompt(name: str) -> Prompt:
    """Read `prompts/<name>.md`.

    Raises:
        KgpipeError: no such prompt.
    """
    content = asset_path(f"prompts/{name}.md").read_bytes()
    return Prompt(content.decode("utf-8"), content_digest(content))


def data_block(text: str) -> str:
    """Wrap a document's text between markers that it cannot forge.

    The marker is the hash of the text itself, so a text that contains its own closing marker
    would have to contain its own hash. The text stays as it is, so quotes from it stay verbatim.
    """
    marker = content_id("data", text)
    return f"<{marker}>\n{text}\n</{marker}>"
