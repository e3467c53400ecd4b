"""Evaluate generated clips against real ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavegan.model import Model
from wavegan_src.evaluation.inputs.folder_sets import Given, check_folder, folder_sets
from wavegan_src.evaluation.inputs.model_sets import generated_list, model_sets
from wavegan_src.evaluation.inputs.sets import ClipList, Sets
from wavegan_src.evaluation.protocol import DEFAULT_COUNT
from wavegan_src.evaluation.protocol import evaluate as evaluate_sets
from wavegan_src.evaluation.result import Evaluation, Score
from wavegan_src.evaluation.two_sample_test import two_sample_test as tell_apart
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import cache_root
from wavegan_src.utils.paths import user_path
from wavegan_src.utils.progress import Notify, ProgressFactory, ignore, no_progress

__all__ = ["Evaluation", "Score", "evaluate", "two_sample_test"]

SAMPLE_RATE, SECONDS = 22050, 2.0
SAMPLE_RATES, LENGTHS = (4000, 192_000), (0.5, 60.0)  # Hz and s for which the measures work

Real = str | Path | NDArray[np.floating]


def evaluate(
    *,
    generated: Real | Model,
    real: Real | None = None,
    training: Real | None = None,
    data: str | Path | None = None,
    sample_rate: int | None = None,
    seconds: float | None = None,
    measures: Sequence[str] | None = None,
    count: int = DEFAULT_COUNT,
    seed: int = 0,
    workers: int | None = None,
    cache_dir: str | None = None,
    progress: ProgressFactory = no_progress,
    notify: Notify = ignore,
) -> Evaluation:
    """Score generated clips, with anchors for comparison: real clips, noise with their spectrum, and more.

    Args:
        generated: clips `(clips, samples)` as an array, a folder of audio, or a model, which then generates `count`.
        real: recordings or clips that the model was not trained on: a folder or an array. A folder with the sub-folders
            `train` and `validation` is split accordingly. None, for a model: its own validation clips.
        training: the clips or recordings that the generator was trained on, to search for copies. Without them, the
            real clips are split by recording.
        data: for a model without `real`: the folder to which its recordings have moved.
        sample_rate: of all clips, in Hz; None means the model's, or else 22050. Folders are resampled to it.
        seconds: length of the clips into which recordings are cut; None means the array's or model's, or else 2.
        measures: for example `["kad", "fad"]`; None means all that need no extra.
        count: maximum number of clips in every set.
        seed: of all random numbers; equal seeds give equal results.
        workers: number of processes; None means one per core. A script needs `if __name__ == "__main__":`.
        cache_dir: cache for decoded clips and the scores of real clips; None means the user's cache folder.
        progress: shows progress.
        notify: receives warnings about a model's own recordings; the result's `notices` are for its readers.

    Returns:
        The scores by measure: `result["kad"]` has `value`, `position` (0 is shaped noise, 1 is real sound) and `words`;
        `result.scores` has them all, and `result.to_json()` gives plain values.

    Raises:
        UserError: a folder is missing, too few clips can be measured, lengths differ, or a measure does not exist.

    Example:
        >>> import numpy as np, wavegan
        >>> rng = np.random.default_rng(0)
        >>> real, generated = rng.normal(0, 0.1, (2, 8, 22050)).astype(np.float32)
        >>> result = wavegan.evaluate(real=real, generated=generated, measures=["long_term_spectrum"], workers=1)
        >>> result["long_term_spectrum"].value < 1  # dB: both are white noise
        True
    """
    if real is None:
        if not isinstance(generated, Model):
            raise UserError("There is nothing to compare with: give real=, a folder or an array of real clips.")
        if any(given is not None for given in (training, sample_rate, seconds)):
            raise UserError("training=, sample_rate= and seconds= only go with real=: leave them out, or give real=.")
        sets = model_sets(generated.trained, None if data is None else str(data), count, seed, progress, notify)
    else:
        if data is not None:
            raise UserError("data= is the folder of a model's own recordings: leave it out, or leave out real=.")
        sets = _sets(real, generated, training, sample_rate, seconds, count, seed, progress)
    return evaluate_sets(
        sets,
        measures=measures,
        count=count,
        seed=seed,
        workers=workers,
        progress=progress,
        store=cache_root(cache_dir) / "evaluation",
    )


def two_sample_test(
    *,
    generated: NDArray[np.floating],
    real: NDArray[np.floating],
    recordings: Sequence[str] | None = None,
    sample_rate: int = SAMPLE_RATE,
    seed: int = 0,
    workers: int | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Score]:
    """Test whether classifiers can tell generated from real clips, and by what.

    Of a generated and a real clip, of whose recordings it has heard nothing, a classifier says which is the generated
    one. The AUC is how often it is right: 0.5 is chance, 1 is always. `evaluate` takes the same measures; this compares
    all of the real clips, and takes half of their recordings against the other half as the control.

    Args:
        generated: `(clips, samples)`; at least 20 clips, better 100.
        real: `(clips, samples)`; at least 20 clips of 4 recordings, better 100 of 20.
        recordings: of each real clip, so that no classifier is tried on a recording that it has heard. None means that
            each clip is a recording of its own; if they are not, AUC and control come out too high.
        sample_rate: of all clips, in Hz.
        seed: of all random numbers; equal seeds give equal results.
        workers: number of processes; None means one per core. A script needs `if __name__ == "__main__":`.
        progress: shows progress.

    Returns:
        The scores by key: `two_sample` for all families of features together, and `two_sample_mean_spectrum`,
        `two_sample_neighbouring_bands`, and so on. Each has `value`, `generated.interval` (over recordings), the
        control as `anchors["real"]`, `told_apart` and `words`. With too few clips the value is None, and `words` say
        why.

    Raises:
        UserError: an array has another shape, clips are too short, or `recordings` has another length.

    Example:
        >>> import numpy as np, wavegan
        >>> real, generated = np.random.default_rng(0).normal(0, 0.1, (2, 8, 22050)).astype(np.float32)
        >>> wavegan.two_sample_test(real=real, generated=generated, workers=1)["two_sample"].words
        'not measured: needs 20 clips on each side, better 100, and there are 8 generated ones'
    """
    return tell_apart(
        np.asarray(generated, dtype=np.float32),
        np.asarray(real, dtype=np.float32),
        sample_rate,
        real_recordings=None if recordings is None else [str(label) for label in recordings],
        seed=seed,
        workers=workers,
        progress=progress,
    )


def _sets(
    real: Real,
    generated: Real | Model,
    training: Real | None,
    sample_rate: int | None,
    seconds: float | None,
    count: int,
    seed: int,
    progress: ProgressFactory,
) -> Sets:
    """All clips at one rate and of one length."""
    model = generated if isinstance(generated, Model) else None
    arrays = [given for given in (real, generated, training) if isinstance(given, np.ndarray)]
    rate = sample_rate or (SAMPLE_RATE if model is None else model.sample_rate)
    length = _length(arrays, model, rate, seconds)
    _check_range("sample_rate", rate, SAMPLE_RATES)
    _check_range("seconds", length, LENGTHS)
    theirs = _given(real, "real", "--real")
    seen = None if training is None else _given(training, "training", "--training")
    ours = (
        generated_list(generated.trained, count, seed, progress)
        if isinstance(generated, Model)
        else _given(generated, "generated", "--generated")
    )
    return folder_sets(theirs, ours, seen, rate=rate, seconds=length, progress=progress)


def _length(arrays: list[NDArray[np.floating]], model: Model | None, rate: int, asked: float | None) -> float:
    """The length of all clips in s: that of the arrays and the model, to which folders are cut.

    Raises:
        UserError: lengths or sample rates differ.
    """
    for array in arrays:
        if array.ndim != 2 or not array.size:
            raise UserError(f"Clips must have the shape (clips, samples), not {array.shape}: reshape them.")
    if model is not None and rate != model.sample_rate:
        raise UserError(f"sample_rate={rate}, but the model writes clips at {model.sample_rate} Hz: leave it out.")
    lengths = {array.shape[1] for array in arrays}
    if model is not None:
        lengths.add(model.config.audio.audio_length_samples)
    if len(lengths) > 1:
        raise UserError(
            f"There are clips of {' and '.join(map(str, sorted(lengths)))} samples: cut them to the same length."
        )
    found = lengths.pop() / rate if lengths else asked if asked is not None else SECONDS
    if asked is not None and abs(asked - found) * rate >= 1:
        raise UserError(f"seconds={asked:g}, but the clips last {found:g} s: leave it out.")
    return found


def _given(given: Real, kind: str, option: str) -> Given:
    if isinstance(given, str | Path):
        folder = user_path(given)
        check_folder(folder, option)  # before clips are generated
        return folder
    clips = np.asarray(given, dtype=np.float32)
    names = [f"{kind} {number:05}" for number in range(1, len(clips) + 1)]
    return ClipList(f"{len(clips)} {kind} clips", clips, names, names)


def _check_range(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:
        raise UserError(f"{name} is {value:g}: it must be from {limits[0]:g} to {limits[1]:g}.")
