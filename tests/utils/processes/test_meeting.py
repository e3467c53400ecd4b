from concurrent.futures import ThreadPoolExecutor

from torch._C._distributed_c10d import HashStore

from wavegan_src.utils.processes.meeting import name_meeting
from wavegan_src.utils.processes.torchrun import Launch


def test_processes_that_are_started_again_meet_by_a_new_name_in_the_same_store() -> None:
    store = HashStore()
    store.set("name of 1", "of one that was killed before it met the others")
    meetings = [_meet(store, 3) for _ in range(3)]
    assert [len(names) for names in meetings] == [1, 1, 1]
    assert len(set.union(*meetings)) == 3


def _meet(store: HashStore, size: int) -> set[str]:
    with ThreadPoolExecutor(size) as pool:
        launches = [Launch(rank, size, rank, size, "localhost", 1) for rank in range(size)]
        return set(pool.map(lambda launch: name_meeting(store, launch), launches))
