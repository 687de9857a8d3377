import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from kgpipe.errors import ItemError
from kgpipe.serve.pictures import Pictures
from tests.serve.running import serve


def test_a_crash_of_the_library_costs_one_picture(sample: Path) -> None:
    path = sample / "pdf" / "01-mercury-brief.pdf"

    async def draw_kill_and_draw() -> None:
        pictures = Pictures()
        try:
            first = await pictures.draw(path, "digest", 1)
            # What a crash looks like from here: the process is gone while a page is asked for.
            [process] = (pictures._pool._processes or {}).values()
            assert process.pid is not None
            os.kill(process.pid, signal.SIGSTOP)
            waiting = asyncio.ensure_future(pictures.draw(path, "digest", 2))
            await asyncio.sleep(0.1)
            os.kill(process.pid, signal.SIGKILL)
            with pytest.raises(ItemError, match="crashed"):
                await waiting
            assert await pictures.draw(path, "changed", 1) == first
        finally:
            pictures.close()

    asyncio.run(draw_kill_and_draw())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_drawing_process_ends_with_a_killed_server(folder: Path) -> None:
    with serve(folder, "--port", "0") as (address, server):
        httpx.get(address, trust_env=False)
        drawing = _wait_for(lambda: _children(server.pid))
    _wait_for(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in drawing))


def _children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def _wait_for(condition: Callable[[], Any]) -> Any:
    for _ in range(200):
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited ten seconds in vain")


def test_a_page_that_is_never_drawn_is_given_up(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgpipe.serve.pictures._PATIENCE_SECONDS", 0.001)
    path = sample / "pdf" / "01-mercury-brief.pdf"

    async def draw() -> None:
        pictures = Pictures()
        try:
            with pytest.raises(ItemError, match="timeout"):
                await pictures.draw(path, "digest", 1)
            monkeypatch.undo()
            assert await pictures.draw(path, "digest", 1)
        finally:
            pictures.close()

    asyncio.run(draw())
