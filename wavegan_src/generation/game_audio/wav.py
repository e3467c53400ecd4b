"""WAV files with loop points: one forward loop over the whole file, its label and its start as a cue.

The chunks are those of RIFF (Microsoft's and IBM's Multimedia Programming Interface and Data Specifications 1.0, 1991):
`smpl` holds the loop, `cue ` and `LIST adtl` mark and name its start. Samplers and game engines read one or the other;
where neither is read, the file loops by itself, since it holds exactly one period.
"""

import math
import struct

import numpy as np

from wavegan_src.dsp.arrays import F32

BITS = 24
_MIDDLE_C, _MIDDLE_C_HZ = 60, 261.6256
_FORWARD, _FOR_EVER = 0, 0


def loop_wav(samples: F32, sample_rate: int, label: str, pitch_hz: float | None, bits: int = BITS) -> bytes:
    """A mono file as bytes.

    Args:
        samples: `(samples,)` in [-1, 1], one period.
        sample_rate: in Hz.
        label: name of the loop's start.
        pitch_hz: what is told as the sound's pitch; None tells middle C, as is usual where there is none.
        bits: 16 or 24.
    """
    loop = (
        _chunk(b"smpl", _sampler(len(samples), sample_rate, pitch_hz))
        + _chunk(b"cue ", struct.pack("<IIIIIII", 1, 1, 0, int.from_bytes(b"data", "little"), 0, 0, 0))
        + _chunk(b"LIST", b"adtl" + _chunk(b"labl", struct.pack("<I", 1) + label.encode() + b"\0"))
    )
    return _riff(samples, sample_rate, bits, loop)


def plain_wav(samples: F32, sample_rate: int, bits: int = BITS) -> bytes:
    """A mono file without loop points as bytes; arguments as in `loop_wav`."""
    return _riff(samples, sample_rate, bits, b"")


def _riff(samples: F32, sample_rate: int, bits: int, more: bytes) -> bytes:
    width = bits // 8
    whole = np.rint(np.clip(samples.astype(np.float64), -1, 1) * (2 ** (bits - 1) - 1)).astype("<i4")
    data = whole.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    layout = struct.pack("<HHIIHH", 1, 1, sample_rate, sample_rate * width, width, bits)
    body = b"WAVE" + _chunk(b"fmt ", layout) + _chunk(b"data", data) + more
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _sampler(samples: int, sample_rate: int, pitch_hz: float | None) -> bytes:
    note = _MIDDLE_C + 12 * math.log2((pitch_hz or _MIDDLE_C_HZ) / _MIDDLE_C_HZ)
    unity = min(127, max(0, math.floor(note)))
    fraction = min(2**32 - 1, max(0, round((note - unity) * 2**32)))
    head = struct.pack("<9I", 0, 0, round(1e9 / sample_rate), unity, fraction, 0, 0, 1, 0)
    return head + struct.pack("<6I", 1, _FORWARD, 0, samples - 1, 0, _FOR_EVER)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
