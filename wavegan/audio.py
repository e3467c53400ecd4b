"""Sound files: write a clip, and synthesise a folder of stand-in sounds."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from wavegan_src.data.audio_files import wav_bytes
from wavegan_src.data.synth.engine_set import write_set
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_bytes_atomically
from wavegan_src.utils.paths import user_path


def write_wav(path: str | Path, clip: ArrayLike, sample_rate: int) -> Path:
    """Write a clip as a mono 16-bit WAV file, as the command line does.

    Args:
        path: the file; its folder must exist.
        clip: `(samples,)`, in [-1, 1]; values outside are clipped.
        sample_rate: in Hz.

    Returns:
        The path.

    Raises:
        UserError: the clip has another shape, or holds NaN or infinity.
        OSError: the file cannot be written.

    Example:
        >>> import numpy as np, wavegan
        >>> path = wavegan.write_wav("silence.wav", np.zeros(22050), 22050)
        >>> path.stat().st_size  # a header of 44 bytes, and 2 bytes per sample
        44144
    """
    samples = np.asarray(clip, dtype=np.float32)
    if samples.ndim != 1:
        raise UserError(f"A clip must have the shape (samples,), not {samples.shape}: write clips one by one.")
    if not np.isfinite(samples).all():
        raise UserError("The clip holds NaN or infinity: remove or replace them.")
    target = user_path(path)
    write_bytes_atomically(target, wav_bytes(samples, sample_rate))
    return target


def synthesize(
    folder: str | Path, count: int, *, seed: int = 0, sample_rate: int = 22050, seconds: float = 2.0, workers: int = 1
) -> Path:
    """Write a folder of procedural stand-in engine sounds, for experiments without recordings.

    Args:
        folder: created if it does not exist; an earlier set in it is replaced.
        count: number of clips.
        seed: the same seed gives the same bytes.
        sample_rate: in Hz.
        seconds: length of a clip.
        workers: number of processes.

    Returns:
        The folder, with WAV files and their exact labels (rpm curve, cylinders, load, class) in `labels.jsonl`.

    Raises:
        UserError: a number is out of range, or the folder contains other files.

    Example:
        >>> import wavegan
        >>> folder = wavegan.synthesize("stand_in", 3, seconds=0.5)
        >>> len(list(folder.glob("*.wav")))
        3
    """
    target = user_path(folder)
    write_set(target, count, seed, sample_rate, seconds, workers, on_clip=None)
    return target
