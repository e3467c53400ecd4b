"""Several processes that train one run together, by `torch.distributed`: NCCL between GPUs, gloo between CPUs.

One flat sum for each set of gradients, by hand: PyTorch's DistributedDataParallel relies on hooks of automatic
differentiation, which hand-written gradients never call.
"""

import contextlib
import os
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from wavegan_src.utils.device import choose_device
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import Group, Share
from wavegan_src.utils.processes.heartbeat import RESUMES, Heartbeat, loss
from wavegan_src.utils.processes.meeting import JOIN_S, name_meeting
from wavegan_src.utils.processes.signals import Interrupted
from wavegan_src.utils.processes.torchrun import MET, STATUS, Launch, SaidElsewhereError, name_of

S = TypeVar("S")
T = TypeVar("T")

EXCHANGE_S = 86400.0  # for one exchange, meanwhile the first process may decode recordings; deaths are noticed sooner
POLL_S = 0.1
LEAVE_S = 5.0
SPEECH_S = 1.0  # for the first process to print why all end, before torchrun ends it because another one has ended
DONE = "done"
_NOTHING = ("done", None)


class Ranks(Group):
    """The processes of a run on one or more machines.

    Args:
        launch: how this one was started.
        device: what it computes on.
        resumes: what happens if one is lost, and how to go on, in words.
    """

    def __init__(self, launch: Launch, device: torch.device, resumes: str):
        self.rank, self.size = launch.rank, launch.size
        self._launch = launch
        self._resumes = resumes
        self._flat: dict[Any, tuple[Tensor, list[Tensor]]] = {}
        self._turns = 0
        self._told = False  # whether the others know that this process ends by an error
        store = _meet(launch, device)
        self._store: Any = PrefixStore("wavegan", store)
        names = self.collect(name_of(self.rank))
        self._heartbeat = Heartbeat(PrefixStore("heartbeat", store), self.rank, names, resumes)
        self._heartbeat.start()
        MET.set()

    def begin_sum(self, tensors: Sequence[Tensor]) -> Callable[[], None]:  # noqa: D102
        key = tuple((tensor.shape, tensor.stride(), tensor.dtype, tensor.device) for tensor in tensors)
        views: list[Tensor] = []
        whole = _in_one_piece(tensors)
        if whole is None:  # memory of its own, kept from step to step; a sum that has not ended has it to itself
            whole, views = self._flat.pop(key) if key in self._flat else _flattened(tensors)
            torch._foreach_copy_(views, list(tensors))
        with self._connected():
            work = dist.all_reduce(whole, async_op=True)

        def wait() -> None:
            with self._connected():
                work.wait()
            if views:
                torch._foreach_copy_(list(tensors), views)
                self._flat[key] = whole, views

        return wait

    def gather(self, rows: Tensor, share: Share) -> Tensor:  # noqa: D102
        every = rows.new_zeros(share.whole, *rows.shape[1:])
        every[share.rows] = rows.detach()
        with self._connected():
            dist.all_reduce(every)
        return torch.cat([every[: share.first], rows, every[share.stop :]])

    def copy_from_first(self, tensors: Sequence[Tensor]) -> None:  # noqa: D102
        for tensor in tensors:
            sent = tensor.detach().contiguous()
            self._broadcast(sent)
            tensor.copy_(sent)

    def from_first(self, work: Callable[[], T], own: object = None) -> T:  # noqa: D102
        if not self.is_first:
            return cast(T, self._help(own))
        try:
            value = work()
        except KeyboardInterrupt:  # it may have come within an exchange, to which nothing can be added
            raise
        except BaseException as error:
            with contextlib.suppress(UserError):  # the others may be lost already, which may be the error
                self._send(("over", error.exit_status if isinstance(error, Interrupted) else STATUS))
                self._told = True
            raise
        self._send(("done", value))
        return value

    def split(self, function: Callable[[Any, list[S]], list[T]], items: Sequence[S], own: object = None) -> list[T]:  # noqa: D102
        self._send(("split", (function, list(items))))
        parts = self._gathered(function(own, list(items[:: self.size])))
        return [parts[place % self.size][place // self.size] for place in range(len(items))]

    def _help(self, own: object) -> object:
        """Do what the first process splits, until it tells what it has come to."""
        while True:
            kind, content = self._received()
            if kind == "done":
                return content
            if kind == "over":
                raise SaidElsewhereError(content)
            function, items = content
            self._gathered(function(own, items[self.rank :: self.size]))

    def collect(self, value: T) -> list[T]:  # noqa: D102
        values: list[Any] = [None] * self.size
        with self._connected():
            dist.all_gather_object(values, value)
        return values

    def _gathered(self, value: T) -> list[T]:
        """The values of all processes, in the first one; nothing in the others."""
        values: list[Any] = [None] * self.size if self.is_first else []
        with self._connected():
            dist.gather_object(value, values if self.is_first else None)
        return values

    def largest(self, numbers: Sequence[int]) -> list[int]:  # noqa: D102
        values = torch.tensor(numbers, dtype=torch.int64)
        with self._connected():
            dist.all_reduce(values, dist.ReduceOp.MAX)
        found: list[int] = values.tolist()
        return found

    def first_on_machine(self, work: Callable[[], T]) -> T:  # noqa: D102
        self._turns += 1
        machine = os.environ.get("GROUP_RANK", "0")
        key = f"turn {self._turns} on machine {machine}"
        if self._launch.local_rank == 0:
            value = work()
            with self._connected():
                self._store.set(key, "")
            return value
        with self._connected():
            while not self._store.check([key]):
                if (word := self._heartbeat.word()) is not None:
                    raise self._lost(word)
                time.sleep(POLL_S)
        return work()

    def leave(self, error: BaseException | None) -> None:
        """Part from the others, in order, or because of an error.

        Whoever leaves first would have torchrun end the others, so all wait for the first process, which may still
        write how the run ended.
        """
        alike = self._told or error is None or isinstance(error, Interrupted | SaidElsewhereError)
        if not alike:
            self._heartbeat.leave_word()
        with contextlib.suppress(RuntimeError):
            if self.is_first:
                self._store.set(DONE, "")
            else:
                while alike and not self._store.check([DONE]) and self._heartbeat.word() is None:
                    time.sleep(POLL_S)
                self._store.set(f"{DONE} {self.rank}", "")
            if self.is_first and alike:  # without torchrun it keeps the store that the others read
                self._wait_for([f"{DONE} {rank}" for rank in range(1, self.size)])
        self._heartbeat.stop()
        if alike:
            dist.destroy_process_group()
        if alike and error is not None and not self.is_first:
            time.sleep(SPEECH_S)

    def _wait_for(self, keys: list[str]) -> None:
        until = time.monotonic() + LEAVE_S
        while time.monotonic() < until and not self._store.check(keys):
            time.sleep(POLL_S)

    def _send(self, message: tuple[str, object]) -> None:
        """Tell the others, who are waiting in `_received`; that there is nothing to tell takes one exchange."""
        content = b"" if message == _NOTHING else pickle.dumps(message)
        self._broadcast(torch.tensor([len(content)]))
        if content:
            self._broadcast(torch.frombuffer(bytearray(content), dtype=torch.uint8))

    def _received(self) -> tuple[str, Any]:
        size = torch.zeros(1, dtype=torch.int64)
        self._broadcast(size)
        if not int(size):
            return _NOTHING
        content = torch.empty(int(size), dtype=torch.uint8)
        self._broadcast(content)
        message: tuple[str, Any] = pickle.loads(content.numpy().tobytes())  # from a process of this run
        return message

    def _broadcast(self, tensor: Tensor) -> None:
        with self._connected():
            dist.broadcast(tensor, src=0)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        """Turn what a library says of a lost connection into a message."""
        try:
            yield
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise self._lost(None) from error

    def _lost(self, word: str | None) -> UserError:
        """The error to raise where a process is lost; the first process says it, unless it is the lost one."""
        until = time.monotonic() + LEAVE_S
        while word is None and time.monotonic() < until:  # a process that fails may be about to say so
            time.sleep(POLL_S)
            word = self._heartbeat.word()
        known = word or "Another process of this run has ended"
        return UserError(loss(known, self._resumes)) if self.is_first else SaidElsewhereError()


def _in_one_piece(tensors: Sequence[Tensor]) -> Tensor | None:
    """The memory of tensors that lie one behind the other in one storage, in any order, as one row; else None."""
    rows = sorted((tensor.detach() for tensor in tensors), key=Tensor.storage_offset)
    begin = end = rows[0].storage_offset()
    for row in rows:
        dense = row.is_contiguous() or (row.dim() == 3 and row.transpose(1, 2).is_contiguous())  # as `pack` lays out
        alike = row.dtype == rows[0].dtype and row.untyped_storage().data_ptr() == rows[0].untyped_storage().data_ptr()
        if not dense or not alike or row.storage_offset() != end:
            return None
        end += row.numel()
    return rows[0].as_strided((end - begin,), (1,), begin)


def _flattened(tensors: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Memory for all tensors in one piece, and its parts with the tensors' own strides."""
    ends = list(accumulate((tensor.numel() for tensor in tensors), initial=0))
    flat = tensors[0].detach().new_empty(ends[-1])
    views = [
        flat.as_strided(tensor.shape, torch.empty_like(tensor, device="meta").stride(), first)
        for tensor, first in zip(tensors, ends, strict=False)
    ]
    return flat, views


def device_of(launch: Launch | None, name: str) -> torch.device:
    """The device of this process: of several on a machine, each has a GPU of its own.

    Args:
        launch: how this process was started.
        name: `training.device`.

    Raises:
        UserError: there is no such device, or not one for each.
    """
    device = choose_device(name)
    if launch is None or device.type == "cpu":
        return device
    if device.type != "cuda":
        raise UserError(f"Several processes cannot share the GPU {device}: use --device cpu, or leave torchrun out.")
    if device.index is not None:
        raise UserError(f"--device {name} is one GPU, and each process needs its own: use --device cuda.")
    if launch.local_rank >= torch.cuda.device_count():
        raise UserError(
            f"There is no GPU for process {launch.rank}: this machine has {torch.cuda.device_count()}. Start as many "
            "with --nproc-per-node, or use --device cpu."
        )
    own = torch.device("cuda", launch.local_rank)
    torch.cuda.set_device(own)
    return own


@contextlib.contextmanager
def joined(launch: Launch | None, device: torch.device, resumes: str = RESUMES) -> Iterator[Group]:
    """The processes that were started with this one, from now until the `with` ends; or this one alone.

    Args:
        launch: how this process was started.
        device: what it computes on.
        resumes: what happens if one is lost, and how to go on, in words.

    Raises:
        UserError: they do not come, or cannot be reached.
    """
    if launch is None:
        yield Group()
        return
    group = Ranks(launch, device, resumes)
    try:
        yield group
    except BaseException as error:
        group.leave(error)
        raise
    group.leave(None)


def _meet(launch: Launch, device: torch.device) -> Any:
    """Wait for all processes, and connect them; returns the store that they share.

    Raises:
        UserError: they do not come, the port is in use, or PyTorch has no means to connect them.
    """
    if device.type == "cuda" and not dist.is_nccl_available():
        raise UserError("This PyTorch has no NCCL, by which GPUs exchange gradients: use --device cpu.")
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    place = f"{launch.address}:{launch.port}"
    try:
        kept, _, _ = next(rendezvous("env://", launch.rank, launch.size, timeout=timedelta(seconds=JOIN_S)))
        store = PrefixStore(name_meeting(kept, launch), kept)
        dist.init_process_group(
            backend,
            store=PrefixStore("exchange", store),
            rank=launch.rank,
            world_size=launch.size,
            timeout=timedelta(seconds=EXCHANGE_S),
        )
    except RuntimeError as error:
        if "EADDRINUSE" in str(error) or "in use" in str(error):
            raise UserError(
                f"Port {launch.port} is in use: give torchrun --standalone on one machine, or another --master-port."
            ) from error
        raise UserError(
            f"The {launch.size} processes did not meet at {place} within {JOIN_S:g} s. Start them with torchrun, all "
            "at the same time, where that machine and port can be reached."
        ) from error
    return store
