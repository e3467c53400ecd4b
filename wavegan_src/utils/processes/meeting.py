"""How processes find those that were started with them, in a store that may hold what others left."""

import time
import uuid
from typing import Any

from wavegan_src.utils.processes.torchrun import Launch

JOIN_S = 120.0  # for all processes to come
MEET_S = 0.02


def name_meeting(store: Any, launch: Launch) -> str:
    """A name that only the processes that meet now know: those that `torchrun` starts again find the store as it was.

    Each of the others shows a name of its own, under which the first one answers with its name.

    Raises:
        RuntimeError: they do not come.
    """
    own = uuid.uuid4().hex
    until = time.monotonic() + JOIN_S
    if launch.rank != 0:
        store.set(f"name of {launch.rank}", own)
        _await(store, f"answer to {own}", until)
        found: str = store.get(f"answer to {own}").decode()
        store.set(f"{found} has {launch.rank}", "")
        return found
    for rank in range(1, launch.size):
        while not store.check([f"{own} has {rank}"]):
            if store.check([f"name of {rank}"]):  # perhaps of one that has ended
                store.set(f"answer to {store.get(f'name of {rank}').decode()}", own)
            _pause(until)
    return own


def _await(store: Any, key: str, until: float) -> None:
    while not store.check([key]):
        _pause(until)


def _pause(until: float) -> None:
    if time.monotonic() > until:
        raise RuntimeError
    time.sleep(MEET_S)
