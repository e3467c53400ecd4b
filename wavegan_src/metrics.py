"""The table of all measures, and the columns of a run's CSV files. Without PyTorch."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Literal

STEP_FIGURES = (
    "critic_loss",
    "generator_loss",
    "wasserstein_estimate",
    "gradient_penalty",
    "real_score",
    "fake_score",
    "critic_grad_norm",
    "generator_grad_norm",
    "learning_rate_critic",
    "learning_rate_generator",
)
ITERATION_COLUMNS = ("epoch", "iteration", "generator_step", *STEP_FIGURES, "clips_per_second", "seconds", "memory_mb")
EPOCH_COLUMNS = (
    "epoch",
    "iteration",
    "generator_step",
    *STEP_FIGURES,
    "clips_per_second",
    "seconds",
    "cpu_percent",
    "memory_mb",
    "gpu_percent",
    "gpu_memory_mb",
    "augmentation_strength",  # of the epoch's last step
)
TIMING_COLUMNS = frozenset(
    {"clips_per_second", "seconds", "cpu_percent", "memory_mb", "gpu_percent", "gpu_memory_mb"}
    | {"machine_cpu_percent", "memory_available_mb", "disk_free_mb", "gpu_memory_total_mb", "temperature_c", "power_w"}
    | {f"{part}_seconds" for part in ("total", "data", "critic", "generator", "log", "evaluation", "samples")}
    | {f"{part}_seconds" for part in ("checkpoint", "plots", "rest")}
    | {f"critic_{part}_seconds" for part in ("forward", "penalty", "backward", "optimiser", "all_reduce")}
)  # columns that differ between two otherwise identical runs

# Parts of every iteration; on a GPU only some iterations are timed.
LOOP_PARTS = ("data", "critic", "generator", "log")
PARTS = (*LOOP_PARTS, "evaluation", "samples", "checkpoint", "plots")
# Inside the critic's step, if its implementation marks them.
CRITIC_PARTS = ("forward", "penalty", "backward", "optimiser", "all_reduce")  # the last one of several processes
PROFILE_COLUMNS = (
    "epoch",
    "total_seconds",
    *(f"{part}_seconds" for part in PARTS),
    "rest_seconds",
    *(f"critic_{part}_seconds" for part in CRITIC_PARTS),
)


Source = Literal["log-mel", "critic", "embeddings", "aisfx", "pairs", "engine", "copies", "two-sample", "networks"]
Extent = Literal["none", "cheap", "full"]  # `output.checkpoint_measures`


@dataclass(frozen=True, kw_only=True)
class Measure:
    """An entry in the table of measures.

    Attributes:
        title: name in tables and on axes.
        unit: "" if it has none.
        better: which way is better; "near 1" for the memorisation ratio, where both ends are bad.
        meaning: its meaning in one line.
        source: what it is computed from; "embeddings" are YAMNet's, "networks" needs the extra `fad`.
        evaluated: whether `evaluate` takes it.
        at_checkpoints: the lowest `output.checkpoint_measures` at which a training run takes it, in the column of
            `checkpoint_metrics.csv` named after its key; None if it never does.
        short: its name in a sentence.
        chart: title of its chart in the report, "" if it is not drawn; measures with the same title share a chart.
        ideal: the value of a perfect generator, if known beforehand.
        needs_equal_counts: whether it depends on the number of generated clips, so that only equal numbers compare.
        can_be_primary: whether `output.primary_measure` may name it.
        part_of: the key of the measure that it is a part of, taken and shown with it.
    """

    title: str
    unit: str = ""
    better: Literal["lower", "higher", "near 1"]
    meaning: str
    source: Source
    evaluated: bool = True
    at_checkpoints: Extent | None = None
    short: str = ""
    chart: str = ""
    ideal: float | None = None
    needs_equal_counts: bool = False
    can_be_primary: bool = False
    part_of: str = ""

    @property
    def direction(self) -> str:
        """Which way is better, in words."""
        return "near 1 is best" if self.better == "near 1" else f"{self.better} is better"

    @property
    def has_position(self) -> bool:
        """Whether a position between noise and real sound makes sense, and a search for copies or a share has none."""
        return self.source not in ("copies", "two-sample")

    def position(self, value: float | None, noise: float | None, real: float | None) -> float | None:
        """The position of a value between noise (0) and real sound (1); it may be below 0 or above 1.

        None if a value is missing (None or NaN), or if real sound scores no better than noise: the measure then does
        not distinguish the two, and a position would be meaningless.
        """
        if not self.has_position or value is None or noise is None or real is None or math.isnan(value):
            return None
        apart = noise > real if self.better == "lower" else real > noise
        return (value - noise) / (real - noise) if apart else None


_of_engine = partial(Measure, better="lower", source="engine", at_checkpoints="full")

# In the order in which `evaluate` shows them. A new measure is an entry here and a function in evaluation/measures/.
MEASURES: dict[str, Measure] = {
    "kad": Measure(
        title="KAD (YAMNet)",
        better="lower",
        meaning="unbiased distance between the two sets' YAMNet embeddings",
        source="embeddings",
        at_checkpoints="cheap",
        short="KAD",
        chart="Kernel audio distance (KAD)",
        can_be_primary=True,
    ),
    "kad_aisfx": Measure(
        title="KAD (aiSFX)",
        better="lower",
        meaning="the same by a second, independent network, which hears noise and a lost treble",
        source="aisfx",
        at_checkpoints="cheap",
        short="KAD by aiSFX",
        chart="Kernel audio distance by aiSFX",
    ),
    "logmel_frechet": Measure(
        title="Log-mel Fréchet distance",
        unit="dB²",
        better="lower",
        meaning="distance between the two sets' log-mel spectra; works for every data set",
        source="log-mel",
        evaluated=False,
        at_checkpoints="none",
        short="log-mel distance",
        chart="Log-mel Fréchet distance",
        can_be_primary=True,
    ),
    "fad": Measure(
        title="FAD (YAMNet)",
        better="lower",
        meaning="the usual distance between two sets; shrinks with the number of clips",
        source="embeddings",
        needs_equal_counts=True,
        at_checkpoints="cheap",
    ),
    "fad_aisfx": Measure(
        title="FAD (aiSFX)",
        better="lower",
        meaning="the same by the second network; no figure of another network compares with it",
        source="aisfx",
        needs_equal_counts=True,
        at_checkpoints="cheap",
    ),
    "fad_infinity": Measure(
        title="FAD∞ (YAMNet)", better="lower", meaning="FAD extrapolated to infinitely many clips", source="embeddings"
    ),
    "stoi": Measure(
        title="STOI",
        better="higher",
        meaning="speech intelligibility against the nearest real clip",
        source="pairs",
        at_checkpoints="cheap",
    ),
    "pesq": Measure(
        title="PESQ wide band",
        unit="MOS",
        better="higher",
        meaning="speech quality against the nearest real clip",
        source="pairs",
        at_checkpoints="full",
    ),
    "mcd": Measure(
        title="MCD",
        better="lower",
        meaning="difference of spectral envelopes from the nearest real clip",
        source="pairs",
        at_checkpoints="cheap",
    ),
    "mcd_dtw": Measure(
        title="MCD with DTW",
        better="lower",
        meaning="the same along the best time warping",
        source="pairs",
        at_checkpoints="full",
    ),
    "firing_rate": _of_engine(
        title="Firing rate", unit="octaves", meaning="are the engine speeds distributed as in real clips?"
    ),
    "order_spectrum": _of_engine(
        title="Order spectrum", unit="dB", meaning="levels at multiples of half the firing rate"
    ),
    "harmonic_to_noise": _of_engine(
        title="Harmonic-to-noise ratio", unit="dB", meaning="how tonal or noisy the clips are"
    ),
    "modulation": _of_engine(title="Modulation", unit="dB", meaning="rhythm and roughness in four bands"),
    "long_term_spectrum": _of_engine(
        title="Long-term spectrum", unit="dB", meaning="average tone colour; shaped noise matches it too"
    ),
    "density": Measure(
        title="Density",
        better="higher",
        meaning="fidelity: do generated clips resemble real ones?",
        source="embeddings",
        at_checkpoints="cheap",
        chart="Density and coverage",
        ideal=1.0,
    ),
    "coverage": Measure(
        title="Coverage",
        better="higher",
        meaning="diversity: is every kind of real clip generated?",
        source="embeddings",
        needs_equal_counts=True,
        at_checkpoints="cheap",
        chart="Density and coverage",
        ideal=1.0,
    ),
    "engine_tag_rate": Measure(
        title="Engine tag rate",
        better="higher",
        meaning="share of clips that YAMNet classifies as engine or vehicle",
        source="embeddings",
        at_checkpoints="cheap",
    ),
    "memorisation": Measure(
        title="Memorisation ratio",
        better="near 1",
        meaning="near 0: copies of training clips; above 1: another kind of sound",
        source="copies",
        at_checkpoints="cheap",
    ),
    "copied": Measure(
        title="Suspected copies",
        better="lower",
        meaning="share of clips closer to training clips than 99 % of held-out clips; 1 % by chance",
        source="copies",
        at_checkpoints="cheap",
    ),
    "two_sample": Measure(
        title="Two-sample test",
        unit="AUC",
        better="lower",
        meaning="share of pairs in which a classifier tells the generated clip from the real one; 0.5 is chance",
        source="two-sample",
        short="two-sample test",
        ideal=0.5,
    ),
    "fad_vggish": Measure(
        title="FAD (VGGish)",
        better="lower",
        meaning="the same on the embedding most used in papers",
        source="networks",
        needs_equal_counts=True,
    ),
    "fad_panns": Measure(
        title="FAD (PANNs)",
        better="lower",
        meaning="the same on PANNs' embedding",
        source="networks",
        needs_equal_counts=True,
    ),
    "fad_clap": Measure(
        title="FAD (CLAP)",
        better="lower",
        meaning="the same on CLAP's embedding",
        source="networks",
        needs_equal_counts=True,
    ),
    "overfitting_gap": Measure(
        title="Overfitting gap",
        unit="share",
        better="lower",
        meaning="how much lower the critic scores unseen recordings than training ones; growing means memorising",
        source="critic",
        evaluated=False,
        at_checkpoints="none",
        chart="Critic's gap to unseen clips",
        ideal=0.0,
    ),
    "diversity": Measure(
        title="Diversity",
        better="near 1",
        meaning="how much generated clips differ from each other, relative to training clips",
        source="log-mel",
        evaluated=False,
        at_checkpoints="none",
    ),
}
# By what a classifier tells generated from real clips: `evaluation.measures.two_sample`.
_FAMILIES = {
    "mean_spectrum": ("Mean spectrum", "average level in 96 mel bands"),
    "fluctuation": ("Fluctuation over time", "how much the level of each band varies"),
    "neighbouring_bands": ("Correlation of neighbouring bands", "do adjacent bands rise and fall together?"),
    "distant_bands": ("Correlation of bands 8 apart", "do distant bands rise and fall together?"),
    "waveform": ("Waveform", "its skewness, kurtosis and crest factor"),
    "frame_change": ("Change from frame to frame", "how much each band changes within 12 ms"),
    "band_autocorrelation": ("Autocorrelation of bands", "how long a band's level lasts, 12 to 93 ms"),
    "spectral_ripple": ("Ripple of the fine spectrum", "steps between bins of 5 Hz below 1.4 kHz"),
    "narrow_lines": ("Narrow lines", "how far the highest line in each 45 Hz stands out, below 1.5 kHz"),
    "line_steadiness": ("Steadiness of lines", "how much bins of 5 Hz vary over time, below 1.4 kHz"),
    "band_skewness": ("Skewness of levels", "are a band's levels mostly high or mostly low?"),
    "drift": ("Slow drift", "difference of the first and the last third of a clip"),
    "attack_decay": ("Attack and decay", "do bands rise faster than they fall?"),
    "band_kurtosis": ("Kurtosis of levels", "how rare and large a band's changes of level are"),
    "mel_network": ("Network on log-mel spectra", "whatever a small network finds in them"),
    "fine_network": ("Network on fine spectra", "whatever a small network finds below 1.4 kHz"),
}
for _key, (_title, _meaning) in _FAMILIES.items():
    MEASURES[f"two_sample_{_key}"] = Measure(
        title=_title, better="lower", meaning=_meaning, source="two-sample", ideal=0.5, part_of="two_sample"
    )
EVALUATED = {key: measure for key, measure in MEASURES.items() if measure.evaluated}
STANDARD = tuple(key for key, measure in EVALUATED.items() if measure.source != "networks")  # unless others are chosen
FALLBACK_MEASURE = "logmel_frechet"  # used if the primary measure is not taken

# Column order of files that earlier versions wrote: a resumed run continues its file, so columns are only appended.
_FIRST_CHECKPOINT_COLUMNS = (
    *("epoch", "iteration", "generator_step", "logmel_frechet", "logmel_frechet_real", "logmel_frechet_noise"),
    *("compared_clips", "critic_real_training", "critic_real_validation", "critic_generated", "overfitting_gap"),
    *("generated_rms_db", "diversity", "measured_clips", "kad_real", "kad", "fad", "density", "coverage"),
    *("engine_tag_rate", "stoi", "pesq", "mcd", "mcd_dtw", "firing_rate", "order_spectrum", "harmonic_to_noise"),
    *("modulation", "long_term_spectrum", "memorisation", "copied", "best", "seconds"),
    *("kad_aisfx", "fad_aisfx", "kad_aisfx_real", "validation_recordings", "primary_low", "primary_high"),
)
CHECKPOINT_COLUMNS = tuple(
    dict.fromkeys((*_FIRST_CHECKPOINT_COLUMNS, *(key for key in MEASURES if MEASURES[key].at_checkpoints)))
)


def taken_at(extent: Extent, *sources: Source) -> tuple[str, ...]:
    """Keys of the measures from these sources that a checkpoint takes, in the order of their columns."""
    extents = {"none": ("none",), "cheap": ("none", "cheap"), "full": ("none", "cheap", "full")}[extent]
    wanted = {key for key, one in MEASURES.items() if one.source in sources and one.at_checkpoints in extents}
    return tuple(name for name in CHECKPOINT_COLUMNS if name in wanted)
