"""The engine model: sizes of its short-time spectra at a sample rate, and what else is known of it.

Spectra have some 345 frames of 3 ms per second, and windows in steps of them.
"""

import math

from wavegan_src.architectures.spec import USE_BEST, AdviceOverrides, ArchitectureSpec, CriticTerms, Sizes

FRAMES_PER_SECOND = 344.5  # 64 samples at 22050 Hz: firing pulses up to 170 Hz, the fastest of a road car, are resolved
SHORT_WINDOW = 4  # hops of the window in which noise is shaped, 12 ms
SPECTRUM_WINDOW = 32  # hops of the window in which a clip's average spectrum is measured, 93 ms
LONGEST_VIEW = 96  # hops of a critic's longest window, 279 ms
MIN_LATENTS = 3  # firing rate, its swings, and one component of the spectrum
MIN_BATCH = 2  # the energy distance is between clips of a batch too


def hop_length(sample_rate: int) -> int:
    """Samples from one frame to the next: the power of two that comes nearest, at least 16."""
    return max(16, 1 << round(math.log2(sample_rate / FRAMES_PER_SECOND)))


def shortest_sound(sample_rate: int) -> int:
    """Samples that a generated clip must have: the filter that gives it its spectrum rings as long as its window."""
    return SPECTRUM_WINDOW * hop_length(sample_rate)


def shortest_clip(sample_rate: int) -> int:
    """Samples that a clip must have: the critics see a half of it, which must exceed half of their longest window."""
    return LONGEST_VIEW * hop_length(sample_rate) + 2


def _problem(sizes: Sizes) -> str | None:
    shortest = shortest_clip(sizes.sample_rate)
    if sizes.clip_samples < shortest:
        return (
            f'audio.audio_length_samples is {sizes.clip_samples}, but model.architecture "engine" needs {shortest} at '
            f"{sizes.sample_rate} Hz: use longer clips"
        )
    if sizes.latent_dim < MIN_LATENTS:
        return f'model.latent_dim is {sizes.latent_dim}, but model.architecture "engine" needs at least {MIN_LATENTS}'
    if sizes.batch_size < MIN_BATCH:
        return (
            f'training.batch_size is {sizes.batch_size}, but model.architecture "engine" needs at least {MIN_BATCH}, '
            "as it compares the clips of a batch with each other"
        )
    return None


_TERMS = CriticTerms(
    estimate="score difference",
    share="the difference between its scores of real and generated clips",
    estimate_about="How much higher the critic scores real clips than generated ones. It is no distance: it may rise "
    "while the sound gets better.",
    run_summary="The critic scores real clips {last} higher than generated ones over the last tenth of the run (at "
    "most {peak}). That is no distance: it may rise while the sound gets better.",
    losses_unit="",
    losses_about="The generator's holds the energy distance as well, which does not go to 0.",
    penalty="(R1 + R2) / 2",
    penalty_about="Half the mean squares of the critic's slope at real and at generated clips.",
)

# Its size is nearly all given, and the weight of its penalties is another one.
_FALL = 'as their learning rate falls to nothing (training.lr_schedule "linear", as in config_fast)'
_ADVICE = AdviceOverrides(
    while_running={
        "CONVERGED": "training longer will hardly help: use the best model; more data may do better",
        "PLATEAU": f"the last epochs may get it going again, {_FALL}; more data may do better",
        "OSCILLATING": f"the last epochs will calm it, {_FALL}",
        "MODE_COLLAPSE": "restart with half the learning rate and twice the training.gp_weight",
    },
    once_over={
        "CONVERGED": f"{USE_BEST}: training longer would hardly help, more data may",
        "PLATEAU": f"{USE_BEST}, or restart with a lower learning rate",
        "OSCILLATING": f"{USE_BEST}, or restart with half the learning rate",
        "MODE_COLLAPSE": "restart with half the learning rate and twice the training.gp_weight (--fresh keeps this "
        "run)",
    },
)

SPEC = ArchitectureSpec(
    name="engine",
    title="the engine model",
    description="makes pulses and noise at a firing rate and learns within minutes (preset config_fast)",
    networks="wavegan_src.models.engine.entry",
    version=1,
    terms=_TERMS,
    estimates_distance=False,
    fewest_clips=MIN_BATCH,
    shortest_sound=shortest_sound,
    problem=_problem,
    advice=_ADVICE,
)
