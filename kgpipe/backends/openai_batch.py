"""OpenAI's Batch API through its SDK: files go up, a batch works through them within a day."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, Final

from kgpipe.backends.batch_format import ENDPOINT
from kgpipe.backends.chat_client import NO_KEY
from kgpipe.backends.chat_faults import fault_of
from kgpipe.backends.loopback import direct_client, is_loopback
from kgpipe.errors import KgpipeError, UsageError

# The one window that the API offers.
WINDOW: Final = "24h"
# The key in a batch's metadata under which our own name for it stands.
METADATA_KEY = "kgpipe"
# States after which nothing more comes.
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
# Of uploads and status calls, by the SDK, with its own back-off.
MAX_RETRIES = 5
KEY_VARIABLE = "OPENAI_API_KEY"


@dataclass(frozen=True)
class BatchState:
    """How far the provider is. `files` hold what has come back; `message` says why it failed."""

    status: str
    total: int
    completed: int
    failed: int
    files: tuple[str, ...]
    message: str

    @property
    def has_ended(self) -> bool:
        """Whether all that will come has come."""
        return self.status in ENDED


class OpenAiBatches:
    """The batches of one account.

    Args:
        base_url: of a server with OpenAI's protocol, "" for OpenAI.

    Raises:
        KgpipeError: there is no key.
    """

    def __init__(self, base_url: str = "") -> None:
        import openai

        key = os.environ.get(KEY_VARIABLE) or (NO_KEY if base_url else "")
        if not key:
            raise KgpipeError(f"Batch mode needs a key in the environment: {KEY_VARIABLE}.")
        self._client = openai.OpenAI(
            api_key=key,
            base_url=base_url or None,
            max_retries=MAX_RETRIES,
            http_client=direct_client() if is_loopback(base_url) else None,
        )

    def submit(self, name: str, lines: Iterable[bytes]) -> str:
        """Upload lines and start a batch of them; return the provider's id.

        Raises:
            KgpipeError: the provider cannot be reached, or refuses.
        """
        with _said_plainly(), TemporaryFile() as file:
            file.writelines(lines)
            file.seek(0)
            uploaded = self._client.files.create(file=(f"{name}.jsonl", file), purpose="batch")
            # Not tried again, or a lost answer would make two batches of one; `find` tells.
            batch = self._client.with_options(max_retries=0).batches.create(
                input_file_id=uploaded.id,
                endpoint=ENDPOINT,
                completion_window=WINDOW,
                metadata={METADATA_KEY: name},
            )
        return batch.id

    def find(self, name: str) -> str | None:
        """The provider's id of a batch that was submitted under `name`, None if it never was."""
        with _said_plainly():
            for batch in self._client.batches.list():
                if (batch.metadata or {}).get(METADATA_KEY) == name:
                    return batch.id
        return None

    def look(self, provider_id: str) -> BatchState:
        """How far a batch is."""
        with _said_plainly():
            batch = self._client.batches.retrieve(provider_id)
        counts, errors = batch.request_counts, batch.errors
        told = [error.message or "" for error in (errors.data or [])] if errors else []
        return BatchState(
            status=batch.status,
            total=counts.total if counts else 0,
            completed=counts.completed if counts else 0,
            failed=counts.failed if counts else 0,
            files=tuple(filter(None, (batch.output_file_id, batch.error_file_id))),
            message="; ".join(told),
        )

    def read(self, file_id: str) -> Iterator[str]:
        """The lines of a file."""
        with _said_plainly(), self._client.files.with_streaming_response.content(file_id) as file:
            yield from file.iter_lines()


def model_name(model: str) -> str:
    """OpenAI's own name of `openai:NAME`.

    Raises:
        UsageError: another provider's model.
    """
    provider, _, name = model.partition(":")
    if provider != "openai" or not name:
        raise UsageError(
            f"Batch mode speaks OpenAI's Batch API; the model is {model!r}. Name one with "
            "--model openai:NAME, with --base-url for another server that offers it."
        )
    return name


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Turn the SDK's exceptions into ours: whatever fails here, the command can be run again."""
    import openai

    try:
        yield
    except openai.OpenAIError as error:
        fault: Any = fault_of(error, model="The Batch API", key_variable=KEY_VARIABLE)
        if isinstance(fault, KgpipeError):
            raise fault from error
        raise KgpipeError(f"{fault.detail} Run the command again to go on.") from error
