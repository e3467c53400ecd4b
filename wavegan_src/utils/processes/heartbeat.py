"""Notice within a minute that another process of a run has ended or hangs, also while this one waits for it.

Each process counts up in a store that all can read, and watches its neighbour's count. Whoever fails leaves a line
there, so that the others end as well and can say why.
"""

import contextlib
import os
import threading
import time
from typing import Protocol

from wavegan_src.utils.processes.torchrun import STATUS

BEAT_S = 3.0
SILENT_S = 30.0  # without a sign of life until a process counts as lost
GRACE_S = 8.0  # for a process to end by itself, before the watching thread ends it
ENDED = "ended"
RESUMES = (
    "the run ends. Its last checkpoint is kept: the same command goes on from it, and torchrun with --max-restarts 3 "
    "gives it again by itself"
)


class Store(Protocol):
    """What all processes can read and write: a part of PyTorch's `Store`."""

    def set(self, key: str, value: str, /) -> None:
        """Write a value."""

    def get(self, key: str, /) -> bytes:
        """Read a value; one that is missing is waited for."""

    def check(self, keys: list[str], /) -> bool:
        """Whether all keys are there."""


class Heartbeat:
    """A thread that shows that this process lives, and ends it if another one is lost.

    Args:
        store: shared by the processes.
        rank: this process.
        names: what each process is called in messages.
        resumes: what happens if one is lost, and how to go on, in words.
    """

    def __init__(self, store: Store, rank: int, names: list[str], resumes: str = RESUMES):
        self._store = store
        self._rank = rank
        self._names = names
        self._resumes = resumes
        self._neighbour = (rank + 1) % len(names)
        self._count = 0
        self._seen = (b"", time.monotonic())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat and to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread: this process leaves, and what happens to the others is no longer its concern."""
        self._over.set()
        self._thread.join()

    def leave_word(self) -> None:
        """Let the others know that this process fails; the first to do so is whom they name."""
        with contextlib.suppress(RuntimeError):
            if not self._store.check([ENDED]):
                self._store.set(ENDED, f"{self._names[self._rank]} has ended")

    def word(self) -> str | None:
        """What a process that failed has left; None if none did."""
        with contextlib.suppress(RuntimeError):
            if self._store.check([ENDED]):
                return self._store.get(ENDED).decode()
        return None

    def beat(self) -> str | None:
        """Show that this process lives; why the run is lost, or None if it is not."""
        self._count += 1
        try:
            self._store.set(f"beat {self._rank}", str(self._count))
            if (word := self.word()) is not None:
                return word
            key, now = f"beat {self._neighbour}", time.monotonic()
            beat = self._store.get(key) if self._store.check([key]) else b""
        except RuntimeError:
            return f"{self._names[0]}, or torchrun there, cannot be reached"
        if beat != self._seen[0]:
            self._seen = (beat, now)
        if now - self._seen[1] < SILENT_S:
            return None
        word = f"{self._names[self._neighbour]} has not been heard of for {SILENT_S:g} s"
        with contextlib.suppress(RuntimeError):
            self._store.set(ENDED, word)
        return word

    def _watch(self) -> None:
        while not self._over.wait(BEAT_S):
            if (word := self.beat()) is not None:
                if self._over.wait(GRACE_S):
                    return  # it has left by itself
                os.write(2, f"{loss(word, self._resumes)}\n".encode())
                os._exit(STATUS)


def loss(word: str, resumes: str) -> str:
    """The message that a run is lost, from what is known of the process that was lost, and how to go on."""
    return f"{word}, and so {resumes}."
