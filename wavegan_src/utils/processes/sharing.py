"""The processes that share the work of a command: the first one deals out pieces, wherever it comes to some.

Only the thread that began to share deals them out, since the others would meet the exchanges of several threads in
any order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from wavegan_src.utils.processes.group import ALONE, Group

_group: ContextVar[Group] = ContextVar("_group", default=ALONE)


@contextmanager
def sharing(group: Group) -> Iterator[None]:
    """Share work with these processes inside the `with`, which must be within their `from_first`."""
    token = _group.set(group)
    try:
        yield
    finally:
        _group.reset(token)


def sharers() -> Group:
    """The processes to share work with; this one alone, if there are no others."""
    return _group.get()
