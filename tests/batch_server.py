"""A server on loopback that speaks OpenAI's files and batches endpoints, with faults on demand."""

import email
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.openai_server import Answer, OpenAiServer, Step, completion, write

# What the server does with a line: "ok", "lost" (not a word about it), "garbled" (no JSON comes
# back), "expired", or the status of an error; "400 temperature" names the parameter at fault.
Fate = Callable[[dict[str, Any]], str]
PAGE = 2


class BatchServer(OpenAiServer):
    """Batches stay "in_progress" until `finish` is called.

    Results come back in reverse order, and the first of a batch twice. `created` counts batches
    made, `asked` holds the body of every line that was answered, and so would be paid for.
    """

    def __init__(self, answer: Answer = lambda body: '{"triples": []}') -> None:
        super().__init__(answer)
        self.fate: Fate = lambda line: "ok"
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        # The next creations of a batch: "refuse" answers 400, "vanish" makes it and hangs up.
        self.next_creations: list[str] = []

    def finish(self, status: str = "completed") -> None:
        """End all batches in progress: "completed", "expired", or "failed" as a whole."""
        for batch in self.batches.values():
            if batch["status"] == "in_progress":
                batch["status"] = status
                if status == "failed":
                    fault = {"code": "token_limit_exceeded", "message": "Enqueued token limit."}
                    batch["errors"] = {"object": "list", "data": [fault]}
                else:
                    self._work_through(batch)

    def lines(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        """The lines that were sent in a batch."""
        return [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        """A file's content, a batch, or a page of the list of batches."""
        address = urlsplit(request.path)
        match address.path.removeprefix("/v1/").split("/"):
            case ["files", file, "content"]:
                write(request, 200, self.files[file])
            case ["batches"]:
                write(request, 200, self._page(parse_qs(address.query).get("after", [""])[0]))
            case ["batches", batch]:
                write(request, 200, self.batches[batch])

    def answer_post(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        """Upload a file, create a batch, or complete a chat."""
        match request.path.removeprefix("/v1/").split("/"):
            case ["files"]:
                self._upload(request, content)
            case ["batches"]:
                self._create(request, json.loads(content))
            case _:
                super().answer_post(request, content)

    def _upload(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            str(part.get_param("name", header="Content-Disposition")): part.get_payload(decode=True)
            for part in email.message_from_bytes(head + content).walk()
            if not part.is_multipart()
        }
        assert parts["purpose"] == b"batch"
        file = f"file-{len(self.files)}"
        uploaded = parts["file"]
        assert isinstance(uploaded, bytes)
        self.files[file] = uploaded
        write(request, 200, {"id": file, "object": "file", "bytes": len(uploaded),
                             "created_at": 0, "filename": "x", "purpose": "batch",
                             "status": "processed"})  # fmt: skip

    def _create(self, request: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        event = self.next_creations.pop(0) if self.next_creations else ""
        if event == "refuse":
            write(request, 400, {"error": {"message": "no such file"}})
            return
        number = f"batch_{len(self.batches)}"
        batch = {
            "id": number, "object": "batch", "created_at": 0, "status": "in_progress",
            "request_counts": {"total": 0, "completed": 0, "failed": 0}, **asked,
        }  # fmt: skip
        batch["request_counts"]["total"] = len(self.lines(batch))
        self.batches[number] = batch
        if event == "vanish":
            request.close_connection = True
        else:
            write(request, 200, batch)

    def _page(self, after: str) -> dict[str, Any]:
        newest = list(reversed(self.batches))
        start = newest.index(after) + 1 if after else 0
        page = [self.batches[number] for number in newest[start : start + PAGE]]
        return {"object": "list", "data": page, "has_more": start + PAGE < len(newest)}

    def _work_through(self, batch: dict[str, Any]) -> None:
        output, errors = [], []
        for line in reversed(self.lines(batch)):
            fate = self.fate(line)
            if fate == "ok":
                output.append(self._answer(line))
            elif fate == "garbled":
                output.append('{"custom_id": "' + line["custom_id"])
            elif fate != "lost":
                errors.append(json.dumps({"custom_id": line["custom_id"], **_error(fate)}))
        for name, lines in (("output_file_id", output + output[:1]), ("error_file_id", errors)):
            if lines:
                batch[name] = f"{name}-{batch['id']}"
                self.files[batch[name]] = "\n".join(lines).encode()
        counts = {"completed": len(output), "failed": len(errors)}
        batch["request_counts"].update(counts)

    def _answer(self, line: dict[str, Any]) -> str:
        self.asked.append(line["body"])
        body = completion(line["body"], self.answer(line["body"]), Step())
        response = {"status_code": 200, "request_id": "r", "body": body}
        return json.dumps({"id": "x", "custom_id": line["custom_id"], "response": response})


def _error(fate: str) -> dict[str, Any]:
    if fate == "expired":
        said = {"code": "batch_expired", "message": "This request could not be executed in time."}
        return {"response": None, "error": said}
    status, _, parameter = fate.partition(" ")
    error = {"message": f"status {status}", "param": parameter or None}
    return {"response": {"status_code": int(status), "body": {"error": error}}, "error": None}
