"""The kernels of `compiled/`, compiled once and kept in the user's cache, on machines that support them.

The folder there is the user's own and closed to others, and so are the libraries: what is loaded runs with the user's
rights. They need a 64-bit x86 processor with a matrix unit for bfloat16 (Intel AMX: servers since 2023), Linux, and a
C++ compiler. If anything is missing, `load` returns None and the passes use PyTorch's kernels.
"""

import ctypes
import errno
import functools
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import torch
from torch import Tensor
from torch.profiler import record_function

from wavegan_src.models.wavegan.fast.convolution import Geometry
from wavegan_src.models.wavegan.fast.kernels import PLAIN, ClipShifts, Kernels
from wavegan_src.utils.files import cache_root
from wavegan_src.utils.reading import read_regular

SOURCES = Path(__file__).parent / "compiled"
SWITCH = "WAVEGAN_KERNELS"  # environment variable: "torch" forces PyTorch's kernels
NEEDED = ("avx512f", "avx512bw", "avx512_bf16", "amx_tile", "amx_bf16")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-fno-math-errno", "-fopenmp", "-shared", "-fPIC")
COMPILE_TIMEOUT_S = 120
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
DIGEST_BYTES = 16  # at the end of the library's file
_PLAIN, _ACTIVATE, _TANGENT, _RELU, _RELU_BACKWARD, _ACTIVATE_BACKWARD = range(6)  # `Finish` of convolutions.cpp


def kernels_for(like: Tensor) -> Kernels:
    """The fastest kernels for signals of a tensor's type and device on this machine."""
    usable = like.dtype == torch.float32 and like.device.type == "cpu" and os.environ.get(SWITCH) != "torch"
    return (load() if usable else None) or PLAIN


@functools.cache
def load() -> "CompiledKernels | None":
    """The compiled kernels, if they work on this machine; compiling takes about ten seconds the first time."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    flags = processor_flags()
    if compiler is None or not all(flag in flags for flag in NEEDED):
        return None
    try:
        library = ctypes.CDLL(str(_compiled(compiler, flags)))
    except (OSError, subprocess.SubprocessError):
        return None
    return CompiledKernels(library) if library.prepare() else None


class _Geometry(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_int) for name in ("channels_in", "channels_out", "kernel", "stride", "padding", "length")
    )


class CompiledKernels:
    """See `kernels.Kernels`; float32 on a CPU only."""

    name = "compiled kernels for the processor's matrix unit"

    def __init__(self, library: ctypes.CDLL):
        self._library = library

    def activate(self, into: Tensor, x: Tensor, weight: Tensor, bias: Tensor, shifts: ClipShifts, g: Geometry) -> None:
        """See `Kernels`."""
        self._call("gather", _ACTIVATE, g, len(x), shifts, into, x, weight, bias)

    def tangent(self, activations: Tensor, x: Tensor, weight: Tensor, shifts: ClipShifts, g: Geometry) -> None:
        """See `Kernels`."""
        self._call("gather", _TANGENT, g, len(x), shifts, activations, x, weight)

    def activate_backward(
        self, into: Tensor, delta: Tensor, weight: Tensor, activations: Tensor, shifts: ClipShifts, g: Geometry
    ) -> None:
        """See `Kernels`."""
        self._call("scatter", _ACTIVATE_BACKWARD, g, len(delta), shifts, into, delta, weight, None, activations)

    def relu_transposed(self, into: Tensor, y: Tensor, weight: Tensor, bias: Tensor, g: Geometry) -> None:
        """See `Kernels`."""
        self._call("scatter", _RELU, g, len(y), (), into, y, weight, bias)

    def transposed(self, y: Tensor, weight: Tensor, bias: Tensor | None, g: Geometry) -> Tensor:
        """See `Kernels`."""
        into = y.new_empty(len(y), g.stride * g.length, g.channels_in)
        self._call("scatter", _PLAIN, g, len(y), (), into, y, weight, bias)
        return into

    def relu_backward(self, into: Tensor, delta: Tensor, weight: Tensor, activations: Tensor, g: Geometry) -> None:
        """See `Kernels`."""
        self._call("gather", _RELU_BACKWARD, g, len(delta), (), into, delta, weight, None, activations)

    def correlate(self, into: Tensor, x: Tensor, y: Tensor, g: Geometry) -> Tensor:
        """See `Kernels`."""
        sums = y.new_empty(len(y), g.channels_out)
        with record_function("convolution: compiled correlate"):  # profilers do not see into a foreign function
            self._library.correlate(*map(_address, (into, sums, x, y)), len(x), _geometry(g), torch.get_num_threads())
        return sums

    def _call(
        self,
        name: str,
        finish: int,
        g: Geometry,
        clips: int,
        shifts: ClipShifts,
        into: Tensor,
        signal: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        beside: Tensor | None = None,
    ) -> None:
        moved = (ctypes.c_int * clips)(*shifts) if any(shifts) else None
        pointers = map(_address, (into, signal, weight, bias, beside))
        with record_function(f"convolution: compiled {name}"):
            getattr(self._library, name)(*pointers, moved, clips, _geometry(g), finish, torch.get_num_threads())


def _address(tensor: Tensor | None) -> ctypes.c_void_p:
    if tensor is None:
        return ctypes.c_void_p()
    if tensor.dtype != torch.float32 or not tensor.is_contiguous():
        raise ValueError("compiled kernels take contiguous float32 tensors")
    return ctypes.c_void_p(tensor.data_ptr())


@functools.cache
def _geometry(g: Geometry) -> _Geometry:
    return _Geometry(g.channels_in, g.channels_out, g.kernel, g.stride, g.padding, g.length)


def processor_flags() -> frozenset[str]:
    """The processor's features on Linux x86-64; empty elsewhere."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return frozenset()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return frozenset(next((line.split(":")[1] for line in lines if line.startswith("flags")), "").split())


def _compiled(compiler: str, flags: frozenset[str]) -> Path:
    """Path of the library for this source, compiler and processor; built if it is missing or damaged."""
    version = subprocess.run([compiler, "--version"], capture_output=True, check=True, timeout=COMPILE_TIMEOUT_S).stdout
    sources = [path.read_bytes() for path in sorted(SOURCES.iterdir())]
    made_for = [*sources, version, *(text.encode() for text in (*FLAGS, *sorted(flags)))]
    folder = _private_folder(cache_root(None) / "kernels")
    path = folder / f"{hashlib.sha256(b'|'.join(made_for)).hexdigest()[:32]}.so"
    if not _is_whole_and_ours(path):
        with tempfile.TemporaryDirectory(dir=folder) as place:  # two processes may do this at once
            made = Path(place) / "products.so"
            command = [compiler, *FLAGS, str(SOURCES / "convolutions.cpp"), "-o", str(made)]
            subprocess.run(command, capture_output=True, check=True, timeout=COMPILE_TIMEOUT_S)
            library = made.read_bytes()
            made.write_bytes(library + _digest(library))  # loaders ignore what follows the last section
            made.chmod(0o600)
            made.replace(path)
    return path


def _private_folder(path: Path) -> Path:
    """Make a folder that only this user can enter, or close an existing one of this user to others.

    Raises:
        PermissionError: it is another user's, or a link.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not stat.S_ISDIR(path.lstat().st_mode) or path.lstat().st_uid != os.getuid():
        raise PermissionError(errno.EACCES, "not a folder of this user", str(path))
    path.chmod(0o700)
    return path


def _is_whole_and_ours(path: Path) -> bool:
    """Whether nobody else can have written the library, and it is complete: a truncated one can crash the process."""
    try:
        found = path.lstat()
        written = read_regular(path)
    except OSError:
        return False
    ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & OTHERS_MAY_WRITE
    library, digest = written[:-DIGEST_BYTES], written[-DIGEST_BYTES:]
    return ours and digest == _digest(library)


def _digest(library: bytes) -> bytes:
    return hashlib.blake2b(library, digest_size=DIGEST_BYTES).digest()
