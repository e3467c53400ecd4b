"""The engine model: sizes of its short-time spectra at a sample rate, and its entry in the table.

Spectra have about 345 frames of 3 ms per second, and window lengths are whole numbers of frames.
"""

import math
from collections.abc import Callable

from wavegan_src.architectures.spec import USE_BEST, AdviceOverrides, ArchitectureSpec, CriticTerms, Sizes

FRAMES_PER_SECOND = 344.5  # 64 samples at 22050 Hz: resolves firing pulses up to 170 Hz, the fastest of a road car
SHORT_WINDOW = 4  # hops of the window in which noise is shaped, 12 ms
SPECTRUM_WINDOW = 32  # hops of the window in which a clip's average spectrum is measured, 93 ms
LONGEST_VIEW = 96  # hops of the critics' longest window, 279 ms
MIN_LATENTS = 3  # firing rate, its swings, and one component of the spectrum
MIN_BATCH = 2  # the energy distance also compares clips within a batch


def hop_length(sample_rate: int) -> int:
    """Samples from one frame to the next: the nearest power of two, at least 16."""
    return max(16, 1 << round(math.log2(sample_rate / FRAMES_PER_SECOND)))


def shortest_sound(sample_rate: int) -> int:
    """Fewest samples of a generated clip: the filter that shapes its spectrum rings for one window."""
    return SPECTRUM_WINDOW * hop_length(sample_rate)


def shortest_clip(sample_rate: int) -> int:
    """Fewest samples of a training clip: the critics see half of it, which must exceed half of their longest window."""
    return LONGEST_VIEW * hop_length(sample_rate) + 2


def limits(name: str, heard: float = 1.0) -> Callable[[Sizes], str | None]:
    """The `problem` of an architecture of this name with the engine model's sizes, which hears that share of clips."""
    return lambda sizes: _problem(name, heard, sizes)


def _problem(name: str, heard: float, sizes: Sizes) -> str | None:
    shortest = math.ceil(shortest_clip(sizes.sample_rate) / heard)
    if sizes.clip_samples < shortest:
        return (
            f'audio.audio_length_samples is {sizes.clip_samples}, but model.architecture "{name}" needs {shortest} at '
            f"{sizes.sample_rate} Hz: use longer clips"
        )
    if sizes.latent_dim < MIN_LATENTS:
        return f'model.latent_dim is {sizes.latent_dim}, but model.architecture "{name}" needs at least {MIN_LATENTS}'
    if sizes.batch_size < MIN_BATCH:
        return (
            f'training.batch_size is {sizes.batch_size}, but model.architecture "{name}" needs at least {MIN_BATCH}, '
            "as it compares the clips of a batch with each other"
        )
    return None


_TERMS = CriticTerms(
    estimate="score difference",
    share="the difference between its scores of real and generated clips",
    estimate_about="How much higher the critic scores real clips than generated ones. It is not a distance: it may "
    "rise while the sound improves.",
    run_summary="Over the last tenth of the run, the critic scores real clips {last} higher than generated ones (at "
    "most {peak}). This is not a distance: it may rise while the sound improves.",
    losses_unit="",
    losses_about="The generator's loss includes the energy distance, which does not go to 0.",
    penalty="(R1 + R2) / 2",
    penalty_about="Half the mean squares of the critic's slope at real and at generated clips.",
)

# Its size is mostly fixed, and its penalties have another weight than WGAN-GP's.
_FALL = 'as the learning rate decays to 0 (training.lr_schedule "linear", as in config_fast)'
_ADVICE = AdviceOverrides(
    while_running={
        "CONVERGED": "training longer is unlikely to help: use the best model; more data may improve it",
        "PLATEAU": f"the last epochs may bring progress again, {_FALL}; more data may improve it",
        "OSCILLATING": f"the last epochs will calm it, {_FALL}",
        "MODE_COLLAPSE": "restart with half the learning rate and twice the training.gp_weight",
    },
    once_over={
        "CONVERGED": f"{USE_BEST}: training longer is unlikely to help, more data may",
        "PLATEAU": f"{USE_BEST}, or restart with a lower learning rate",
        "OSCILLATING": f"{USE_BEST}, or restart with half the learning rate",
        "MODE_COLLAPSE": "restart with half the learning rate and twice the training.gp_weight (--fresh keeps this "
        "run)",
    },
)

SPEC = ArchitectureSpec(
    name="engine",
    title="the engine model",
    description="makes pulses and noise at a firing rate and learns within minutes",
    networks="wavegan_src.models.engine.entry",
    version=1,
    terms=_TERMS,
    estimates_distance=False,
    fewest_clips=MIN_BATCH,
    shortest_sound=shortest_sound,
    problem=limits("engine"),
    advice=_ADVICE,
)
