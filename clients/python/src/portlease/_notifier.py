"""Calls the application's callbacks, one after another, on a thread of their own: a slow one must hold up no renewal."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

_log = logging.getLogger("portlease")


class Notifier:
    """Without callbacks there is no thread."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def post(self, call: Callable[[], object]) -> None:
        """Calls it soon."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="portlease-callbacks", daemon=True)
                self._thread.start()
            self._calls.put(call)

    def close(self) -> None:
        """The thread ends when what was posted has been called."""
        with self._lock:
            if self._thread is not None:
                self._calls.put(None)
                self._thread = None

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except Exception:
                _log.exception("a callback of a lease failed")
