"""A chat server on loopback that answers after a while, for `overhead`.

`python -m kgpipe.bench.slow_server SECONDS TRIPLES` prints its port, then answers every chat
completion after SECONDS with one triple for each of the passage's first TRIPLES sentences. It ends
when its standard input does, so that it cannot outlive whoever started it.
"""

import asyncio
import json
import sys
from typing import Any


def complete(body: dict[str, Any], triples: int) -> dict[str, Any]:
    """The completion: subject and object are the first and last word of a sentence."""
    passage = body["messages"][-1]["content"].partition("\n")[2]
    found = [_triple(sentence.strip() + ".") for sentence in passage.split(".")[:triples]]
    content = json.dumps({"triples": found})
    return {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1700, "completion_tokens": 900, "total_tokens": 2600},
    }


def _triple(sentence: str) -> dict[str, Any]:
    first, *_, last = sentence.rstrip(".").split()
    return {
        "quote": sentence, "subject": first, "predicate": "precedes", "object": last,
        "negated": False, "hedged": False, "conditional": False,
        "attributed_to": None, "time": None, "place": None,
        "subject_kind": "other", "object_kind": "other",
    }  # fmt: skip


async def _serve(seconds: float, triples: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = int(head.partition("content-length:")[2].partition("\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                # The work of answering is within the wait, as it is in a real server.
                waited = asyncio.create_task(asyncio.sleep(seconds))
                data = json.dumps(complete(body, triples)).encode()
                await waited
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(data), data)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # The client is done, or the server ends.
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), int(sys.argv[2])))
