"""The two-sample test by itself, on two arrays of clips: by what classifiers tell them apart, and its control.

`evaluate` takes the same measures, with the real anchor as the control. Here all real clips are compared, and the
control is half of their recordings against the other half, for several halves.
"""

from collections.abc import Sequence

from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.inputs.screening import screen
from wavegan_src.evaluation.measures.two_sample.comparison import all_keys, compare
from wavegan_src.evaluation.measures.two_sample.control import SPLITS, control
from wavegan_src.evaluation.measures.two_sample.features import describe
from wavegan_src.evaluation.result import REAL, Bounded, Score
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.progress import ProgressFactory, no_progress


def two_sample_test(
    generated: Clips,
    real: Clips,
    rate: int,
    *,
    real_recordings: Sequence[str] | None = None,
    generated_recordings: Sequence[str] | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: ProgressFactory = no_progress,
) -> dict[str, Score]:
    """Tell generated from real clips, by each family of features and by all together.

    Args:
        generated: (n, time).
        real: (m, time).
        rate: samples per second, of both.
        real_recordings: the recording of each real clip, (m,); None where each clip is its own.
        generated_recordings: the same for generated clips, (n,).
        seed: of folds, networks, intervals and the halves of the control.
        workers: processes; None takes one per usable core.
        progress: shows the progress.

    Returns:
        Scores by key, `two_sample` first, each with the anchor "real"; without a value, and with the reason, where
        there are too few clips or recordings.

    Raises:
        UserError: the clips are too short, or their labels are of another number.
    """
    ours, our_labels = _usable(generated, rate, "generated", generated_recordings)
    theirs, their_labels = _usable(real, rate, "real", real_recordings)
    keys = all_keys()
    with progress("Telling clips apart", float((1 + SPLITS) * len(keys))) as advance:
        described = describe(theirs, rate, workers)
        told = compare(
            lambda: describe(ours, rate, workers),
            lambda: described,
            our_labels,
            their_labels,
            seed=seed,
            progress=lambda family: advance(1.0),
        )
        beside = control(lambda: described, their_labels, seed=seed, progress=lambda family: advance(1.0))
    return {
        key: Score(Bounded(verdict.measurement, verdict.interval(seed)), {REAL: Bounded(*beside[key])})
        for key, verdict in told.items()
    }


def _usable(clips: Clips, rate: int, kind: str, recordings: Sequence[str] | None) -> tuple[Clips, list[str]]:
    """The clips that can be measured, and a label for each."""
    screened = screen(clips, rate, kind)
    labels = [f"{kind} {index}" for index in range(len(clips))] if recordings is None else list(recordings)
    if len(labels) != len(clips):
        raise UserError(f"There are {len(clips)} {kind} clips, but {len(labels)} recordings: give one for each clip.")
    return screened.clips, [labels[index] for index in screened.indices]
