"""Draws pages in a process of its own: pdfium bears one thread, and a broken file may crash it."""

import asyncio
import multiprocessing
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from kgpipe.backends.page_picture import draw_page, load_libraries
from kgpipe.errors import ItemError
from kgpipe.pool import end_with_parent

# Pictures of a few hundred kilobytes: the pages that a reviewer goes back to.
_KEPT = 64
# A page of thousands of vector shapes takes a few; a file that takes more is meant to.
_PATIENCE_SECONDS = 30.0


class Pictures:
    """Pages as PNG, the latest ones kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, str, int], bytes] = OrderedDict()
        self._pool = _start_pool()

    async def draw(self, path: Path, digest: str, number: int) -> bytes:
        """Page `number` of the PDF at `path`, whose content has this digest.

        Raises:
            ItemError: `no_page`, `corrupt`, `crashed` or `timeout`.
        """
        place = path, digest, number
        if place not in self._kept:
            self._kept[place] = await self._draw(path, number)
        self._kept.move_to_end(place)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[place]

    async def _draw(self, path: Path, number: int) -> bytes:
        pool = self._pool
        drawing = asyncio.get_running_loop().run_in_executor(pool, draw_page, path, number)
        try:
            return await asyncio.wait_for(drawing, _PATIENCE_SECONDS)
        except BrokenProcessPool as error:
            self._restart(pool)
            told = f"Page {number} of {path.name} cannot be drawn: the PDF library crashed on it."
            raise ItemError("crashed", told) from error
        except TimeoutError as error:
            self._restart(pool)
            told = f"Page {number} of {path.name} was not drawn in {_PATIENCE_SECONDS:.0f} s."
            raise ItemError("timeout", told) from error

    def _restart(self, broken: ProcessPoolExecutor) -> None:
        # Several requests may have waited for the process that died.
        if self._pool is broken:
            self._pool = _start_pool()
            _end(broken)

    def close(self) -> None:
        """End the process."""
        _end(self._pool)


def _start_pool() -> ProcessPoolExecutor:
    # "spawn" and not "fork": native libraries hold threads and locks that do not survive a fork.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=end_with_parent)
    # So that the first page is not waited for longer than the others.
    pool.submit(load_libraries)
    return pool


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
