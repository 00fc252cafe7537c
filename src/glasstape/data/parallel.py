"""Threads: functions mapped in several of them, and elements made ahead of the loop.

The threads know the work and not the iterator, so an iterator that is dropped can end them. They
are daemons, and those still at work when the program ends are told so and waited for: JAX does
not like to be called while Python goes.
"""

from __future__ import annotations

import atexit
import collections
import contextlib
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from glasstape.data import checks

# Producing an element in less time than this is not worth a thread: passing it over costs as
# much, and while Python runs in one thread it does not run in the loop's.
WORTH_A_THREAD = 1e-3
_LOOK_AT = 4  # elements made by the loop's thread before that is decided; the first may compile
_AT_EXIT = 2.0  # seconds to wait for threads when the program ends

_NAME = "glasstape-"  # begins the name of each of our threads
_running: weakref.WeakSet[_Crew] = weakref.WeakSet()
_at_exit: list[Any] = []


class _Crew:
    """Daemon threads that run jobs until `stop`."""

    def __init__(self, size: int, name: str):
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.stopped = threading.Event()
        self.wakers: list[Callable[[], Any]] = []  # called by `stop`
        self._threads = [
            threading.Thread(
                target=_work, args=(self._jobs, self.stopped), name=_NAME + name, daemon=True
            )
            for _ in range(size)
        ]
        if not _at_exit:
            # Not when this is imported: what JAX has registered by now must come later.
            _at_exit.append(atexit.register(_stop_all))
        _running.add(self)
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[..., Any], *args: Any) -> Future:
        """Have a thread call `function`."""
        future: Future = Future()
        self._jobs.put((future, function, args))
        return future

    def stop(self) -> None:
        """Let each thread end after its job, and whoever waits for other jobs go on."""
        self.stopped.set()
        for wake in self.wakers:
            wake()
        with contextlib.suppress(queue.Empty):
            while job := self._jobs.get_nowait():
                job[0].cancel()
        for _ in self._threads:
            self._jobs.put(None)


def _work(jobs: queue.SimpleQueue, stopped: threading.Event) -> None:
    while (job := jobs.get()) is not None:
        future, function, args = job
        if stopped.is_set():
            future.cancel()
            break
        try:
            future.set_result(function(*args))
        except BaseException as error:
            future.set_exception(error)
        del job, future, function, args  # not kept while waiting for the next


def _stop_all() -> None:
    deadline = time.monotonic() + _AT_EXIT
    for crew in list(_running):
        crew.stop()
    # Those of iterators that were dropped a moment ago, too.
    for thread in threading.enumerate():
        if thread.name.startswith(_NAME):
            thread.join(max(0.0, deadline - time.monotonic()))


@contextlib.contextmanager
def _crew(size: int, name: str) -> Iterator[_Crew]:
    crew = _Crew(size, name)
    try:
        yield crew
    finally:  # also when the iterator is dropped: a generator is closed then
        crew.stop()


def mapped(
    function: Callable[[Any], Any], elements: Iterable[Any], workers: int, ordered: bool
) -> Iterator[Any]:
    """Each element through `function` in `workers` threads; twice as many are under way."""
    for future in futures(function, elements, workers, ordered):
        yield future.result()


def futures(
    function: Callable[[Any], Any], elements: Iterable[Any], workers: int, ordered: bool
) -> Iterator[Future]:
    """Likewise, what the threads have found: a result or an error.

    Elements are drawn in the caller's thread: a user's generator is not safe in several. An error
    of `elements` itself comes after what was drawn before it.
    """
    rest = iter(elements)
    with _crew(workers, "map") as crew:
        under_way: collections.deque[Future] = collections.deque()
        failed: BaseException | None = None
        more = True
        while True:
            while more and len(under_way) < 2 * workers:
                try:
                    under_way.append(crew.submit(function, next(rest)))
                except StopIteration:
                    more = False
                except Exception as error:
                    more, failed = False, error
            if not under_way:
                break
            future = _next(under_way, ordered)
            future.exception()  # wait: whoever keeps it for later must not find it cancelled
            yield future
        if failed is not None:
            raise failed


def _next(under_way: collections.deque[Future], ordered: bool) -> Future:
    if not ordered:
        done = next(iter(wait(under_way, return_when=FIRST_COMPLETED).done))
        under_way.remove(done)
        return done
    return under_way.popleft()


def ahead(elements: Iterable[Any], size: int) -> Iterator[Any]:
    """The same elements, up to `size` of them made ahead in a thread where that is worth it."""
    rest = iter(elements)
    fastest = float("inf")
    for _ in range(_LOOK_AT):
        begin = time.perf_counter()
        try:
            element = next(rest)
        except StopIteration:
            return
        fastest = min(fastest, time.perf_counter() - begin)
        yield element
    if fastest < WORTH_A_THREAD:
        yield from rest
    else:
        yield from _in_a_thread(rest, size)


_END = object()


def _in_a_thread(rest: Iterator[Any], size: int) -> Iterator[Any]:
    made: queue.Queue[Any] = queue.Queue()
    room = threading.Semaphore(size)
    with _crew(1, "prefetch") as crew:
        crew.wakers.append(room.release)  # the thread may be waiting for it
        crew.submit(_produce, rest, made, room, crew.stopped)
        while True:
            element, error = made.get()
            room.release()
            if error is not None:
                raise error
            if element is _END:
                return
            yield element


def _produce(
    rest: Iterator[Any], made: queue.Queue, room: threading.Semaphore, stopped: threading.Event
) -> None:
    try:
        element = None
        while element is not _END:
            room.acquire()
            if stopped.is_set():
                break
            element = next(rest, _END)
            made.put((element, None))
    except BaseException as error:
        made.put((None, error))
    finally:
        if stopped.is_set() and hasattr(rest, "close"):
            rest.close()  # pyright: ignore[reportAttributeAccessIssue]


def workers(number: Any) -> int | None:
    """How many threads ``num_parallel_calls`` stands for; None for the caller's own."""
    if number is None:
        return None
    count = checks.whole_number("map", "num_parallel_calls", number, least=-1)
    return (os.cpu_count() or 1) if count < 0 else max(count, 1)
