"""Serves one GGUF file on loopback through xllamacpp: a process of its own, run by `gguf.py`.

The address goes to standard output as soon as the model is loaded. The process ends when standard
input does, so it never outlives its parent, however that one ended.

Usage: python gguf_server.py MODEL CONTEXT_TOKENS SLOTS THREADS
"""

import os
import sys
import threading


def main(model: str, context_tokens: int, slots: int, threads: int) -> None:
    """Load `model` and answer OpenAI's protocol until standard input is closed.

    Args:
        model: path of the file.
        context_tokens: how many tokens a request and its reply may have together.
        slots: how many requests are answered at a time.
        threads: how many threads compute.
    """
    # From the start, since loading takes a while: a parent may be gone before it is done.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames = ["127.0.0.1"]
    # The system chooses a free port.
    params.port = 0
    # llama.cpp shares its context out among the slots.
    params.n_ctx = context_tokens * slots
    params.n_parallel = slots
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


def _end_with_parent() -> None:
    # Nothing is ever written to it; `read` returns when the other end is closed.
    sys.stdin.buffer.read()
    # At once: an orderly exit would wait for replies that nobody reads any more.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
