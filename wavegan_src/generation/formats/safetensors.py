"""Safetensors files: tensors that any language reads with a few lines, and nothing in them can run.

The format is that of https://github.com/huggingface/safetensors: the length of a JSON header as eight bytes, the
header, the numbers, all little-endian. The library of that name writes metadata in an order that changes from run to
run; here the same tensors give the same bytes.
"""

import json
from collections.abc import Mapping
from itertools import accumulate, pairwise

import numpy as np

from wavegan_src.dsp.arrays import F32

_ALIGNMENT = 8  # of the numbers


def safetensors(tensors: Mapping[str, F32], metadata: Mapping[str, str]) -> bytes:
    """A file of float32 tensors, by name, with text beside them."""
    parts = {name: np.asarray(tensors[name], "<f4", order="C") for name in sorted(tensors)}
    ends = pairwise(accumulate((array.nbytes for array in parts.values()), initial=0))
    entries = {
        name: {"dtype": "F32", "shape": list(array.shape), "data_offsets": list(where)}
        for (name, array), where in zip(parts.items(), ends, strict=True)
    }
    header = json.dumps({"__metadata__": dict(metadata)} | entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % _ALIGNMENT)
    return b"".join([len(header).to_bytes(8, "little"), header, *(array.tobytes() for array in parts.values())])
