"""The typed definition of a run's configuration.

This is the single source of every key's meaning, unit, range and default: the loader validates against it,
`--help` quotes it, `config_template.json` is rendered from it and the snapshot of a run is its dump. What else is known
of a key stands on it as a `Key`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

from wavegan_src.architectures.spec import ArchitectureSpec, Sizes
from wavegan_src.architectures.table import DEFAULT, known, names, overview, spec_of

MAX_AUGMENTATION = 0.8  # beyond it transformed clips are nearly all there is, and leak (arXiv 2006.06676, section 2.2)


def _expand_home(path: str) -> str:
    return str(Path(path).expanduser()) if path.startswith("~") else path


HomePath = Annotated[str, AfterValidator(_expand_home)]
"""A path in which "~" stands for the user's home folder."""
OptionalHomePath = Annotated[str | None, AfterValidator(lambda path: path and _expand_home(path))]


@dataclass(frozen=True)
class Key:
    """Facts about a key beside its type, range and default."""

    free: bool = False  # may change on resuming: how a run computes, writes or ends, not what it learns
    option: str | None = None  # of the command line, which sets it; one that begins with --no- sets it to false
    without: Literal["ignored", "refused"] | None = None  # by architectures whose `keys` lack it; None: all have it
    choices: Callable[[], tuple[str, ...]] | None = None  # the texts that it may be, where its type does not say


FREE = Key(free=True)


def key_of(field: FieldInfo) -> Key:
    """What stands on a field."""
    return next((mark for mark in field.metadata if isinstance(mark, Key)), Key())


class Section(BaseModel):
    """Base of all sections: unknown keys are errors, no silent conversion of types, immutable once loaded."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ModelConfig(Section):
    """Sizes of the two networks (WaveGAN, arXiv 1802.04208, table 1 and appendix)."""

    architecture: Annotated[str, AfterValidator(known), Key(choices=names)] = Field(DEFAULT, description=overview())
    latent_dim: int = Field(100, ge=1, le=4096, description="Length of the latent vector z")
    model_dim: int = Field(
        128,
        ge=1,
        le=512,
        description="Base width d: the networks have 32d, 16d, 8d, 4d, 2d, d channels. "
        "Time and memory grow with its square; 16 to 32 suits a laptop's CPU",
    )
    kernel_len: Annotated[int, Key(without="ignored")] = Field(
        25, ge=4, le=101, description="Length of every convolution kernel, in samples"
    )
    phase_shuffle: Annotated[int, Key(without="ignored")] = Field(
        2,
        ge=0,
        le=16,
        description="Largest random shift n of the critic's activations, in samples; 0 turns phase shuffle off",
    )
    spectral_norm: Annotated[bool, Key(without="ignored")] = Field(
        False, description="Divide each critic weight by its largest singular value (arXiv 1802.05957)"
    )


class TrainingConfig(Section):
    """The optimisation: WGAN-GP (arXiv 1704.00028) with Adam and an averaged generator."""

    batch_size: Annotated[int, Key(option="--batch-size")] = Field(
        128, ge=1, le=65536, description="Clips in one critic step; lower it when memory runs out"
    )
    epochs: Annotated[int, Key(option="--epochs")] = Field(
        5000, ge=1, description="Passes of the critic over the training clips"
    )
    learning_rate: Annotated[float, Key(option="--learning-rate")] = Field(
        0.0001, gt=0, le=1, description="Adam's step size, for both networks"
    )
    lr_schedule: Literal["constant", "linear", "plateau"] = Field(
        "constant",
        description='How the learning rate of both networks changes: not; "linear", in a line to 0 at the last epoch; '
        '"plateau", lowered whenever the primary measure has not improved for lr_patience checkpoints',
    )
    lr_factor: float = Field(
        0.5, gt=0, lt=1, description='With lr_schedule "plateau": what the rate is multiplied by, down to a hundredth'
    )
    lr_patience: int = Field(
        5, ge=1, le=10000, description='With lr_schedule "plateau": checkpoints without improvement to wait'
    )
    n_critic: int = Field(5, ge=1, le=100, description="Critic steps, each on a new batch, per generator step")
    gp_weight: float = Field(
        10.0,
        ge=0,
        le=1e6,
        description="Weight of the gradient penalty; raise it (15) when the generator collapses to few sounds",
    )
    adam_beta1: float = Field(0.5, ge=0, lt=1, description="Adam's decay of the mean gradient")
    adam_beta2: float = Field(0.9, ge=0, lt=1, description="Adam's decay of the mean squared gradient")
    ema_decay: float = Field(
        0.999,
        ge=0,
        lt=1,
        description="Decay per generator step of the averaged generator, the one that generates; "
        "it starts lower, so that short runs do not average in the untrained network",
    )
    micro_batch_size: Annotated[int | None, Key(free=True, without="refused")] = Field(
        None,
        ge=1,
        description="Clips computed at once; gradients of the parts of a batch add up to those of the whole. Lower it "
        "when memory runs out; null computes the batch at once",
    )
    precision: Annotated[Literal["float32", "bfloat16"], Key(without="refused")] = Field(
        "float32",
        description='Precision of the convolutions: "bfloat16" halves memory and multiplies speed on recent GPUs; '
        "weights, scores, losses and the optimiser stay float32. On an NVIDIA GPU float32 products are TF32",
    )
    backend: Annotated[Literal["auto", "autograd"], Key(without="ignored")] = Field(
        "auto",
        description='How gradients are computed: "auto" takes the hand-written passes on a CPU, two to four times '
        'faster; "autograd" leaves it to PyTorch everywhere. Results agree within float32 rounding',
    )
    augmentation: Literal["off", "fixed", "adaptive"] = Field(
        "off",
        description="Show the critic real and generated clips transformed at random (circular shift, gain, polarity, "
        'mild filter, time mask): not; "fixed", each with probability augmentation_strength; "adaptive", with one that '
        "rises while the critic memorises and falls while it does not, which takes validation clips",
    )
    augmentation_strength: float = Field(
        0.3,
        ge=0,
        le=MAX_AUGMENTATION,
        description='With augmentation "fixed": the probability of each transformation of each clip; with "adaptive": '
        "where it starts",
    )
    augmentation_target: float = Field(
        0.25,
        ge=0,
        le=1,
        description='With augmentation "adaptive": the share of the critic\'s gap between training and generated clips '
        "by which it may score unseen clips lower than training clips",
    )
    early_stopping: Annotated[bool, Key(free=True, option="--no-early-stopping")] = Field(
        True,
        description="End the run before its last epoch when it overfits, diverges or has converged for long; never "
        "while its quality still gets better",
    )
    early_stopping_patience: Annotated[int, FREE] = Field(
        10,
        ge=3,
        le=10000,
        description="Checkpoints in a row that have to say so, without a new best one, before the run is ended",
    )
    compile: Annotated[bool, Key(free=True, without="refused")] = Field(
        False,
        description="Let torch.compile fuse what PyTorch differentiates (a GPU, bfloat16); it takes minutes to start, "
        "and a compiler: where there is none, that is said and nothing is compiled",
    )
    deterministic: Annotated[bool, FREE] = Field(
        True,
        description="On an NVIDIA GPU, use only algorithms that give the same bytes every time; false lets it try out "
        "which are fastest. A CPU always gives the same bytes",
    )
    seed: Annotated[int, Key(option="--seed")] = Field(
        42,
        ge=0,
        lt=2**32,
        description="Seed of every random number; the same seed gives the same bytes on the same CPU",
    )
    init: Annotated[OptionalHomePath, Key(option="--init")] = Field(
        None,
        min_length=1,
        description="Start a new run from the networks of a model instead of random weights: pretrained is the one in "
        "the box (for config_fast), else a run's folder or the path of a checkpoint of the same networks",
    )
    device: Annotated[str, Key(free=True, option="--device")] = Field(
        "auto", description='Where to compute: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1", "mps"'
    )
    num_workers: Annotated[int, Key(free=True, option="--num-workers")] = Field(
        2,
        ge=0,
        le=256,
        description="Threads that decode recordings and fetch batches ahead; 0 does it in the main thread",
    )


class AudioConfig(Section):
    """Format of the clips that the networks see."""

    sample_rate: int = Field(22050, ge=1000, le=192000, description="Sample rate of the clips, in Hz")
    audio_length_seconds: float = Field(2.0, gt=0, le=60, description="Length of a clip, in s")
    audio_length_samples: int = Field(
        44100,
        ge=64,
        le=4_000_000,
        description="The same length in samples: sample_rate x audio_length_seconds",
    )
    normalization: Literal["peak", "rms", "none"] = Field(
        "peak",
        description='Level of each clip: "peak" scales to a peak of 0.95, "rms" to -20 dBFS (less where it would '
        'clip), "none" keeps the recording\'s level',
    )
    taper_ms: float = Field(
        5.0,
        ge=0,
        le=1000,
        description="Fade at both edges of each clip, in ms, so that cut edges do not teach clicks",
    )

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        if abs(self.sample_rate * self.audio_length_seconds - self.audio_length_samples) >= 0.5:
            raise ValueError(
                f"audio.audio_length_samples is {self.audio_length_samples}, but sample_rate {self.sample_rate} Hz x "
                f"audio_length_seconds {self.audio_length_seconds:g} s is "
                f"{self.sample_rate * self.audio_length_seconds:g}: make the three agree"
            )
        return self


class DatasetConfig(Section):
    """Where the clips come from and how recordings are cut into them."""

    source: Literal["folder", "procedural"] = Field(
        "folder",
        description='"folder" reads base_path; "procedural" synthesises stand-in engine sound instead (no recordings)',
    )
    base_path: Annotated[HomePath, Key(free=True, option="--data")] = Field(
        "../01_dataset_prep/dataset-processed/final",
        min_length=1,
        description="Folder tree of recordings or prepared clips, relative to the working folder",
    )
    procedural_clips: int = Field(
        240, ge=4, le=1_000_000, description='Clips to synthesise when source is "procedural"'
    )
    overlap: float = Field(
        0.5, ge=0, le=0.95, description="Share by which consecutive windows of a long recording overlap"
    )
    short_clips: Literal["loop", "pad", "drop"] = Field(
        "loop",
        description="Recordings shorter than a clip: repeat them with a crossfade, pad them with silence, or drop them",
    )
    silence_threshold_db: float = Field(
        -60.0, ge=-200, le=0, description="Windows whose RMS level is below this are dropped, in dBFS"
    )
    recording_unit: Literal["auto", "folder", "file"] = Field(
        "auto",
        description="What counts as one recording when the set is split: every folder, every file, or by rule "
        "(many folders of clip-length files: the folder)",
    )
    validation_fraction: float = Field(
        0.15, ge=0, lt=1, description="Share of the recordings kept for validation; training never sees them"
    )
    spectral_whitening: bool = Field(
        False,
        description="Flatten the training set's average spectrum before training, and restore it in what is generated",
    )
    cache_dir: Annotated[OptionalHomePath, FREE] = Field(
        None, description="Folder of the decoded clips' cache; null is the user's cache folder"
    )


class OutputConfig(Section):
    """Where a run writes, and how often."""

    output_dir: Annotated[HomePath, Key(free=True, option="--output-dir")] = Field(
        "output_wavegan", min_length=1, description="Folder that receives everything a run writes"
    )
    checkpoint_interval_epochs: Annotated[int, FREE] = Field(
        10, ge=1, description="Epochs between checkpoints, each with samples, metrics and plots"
    )
    log_interval_iterations: Annotated[int, FREE] = Field(
        100,
        ge=1,
        description="Critic iterations between rows of epoch_N_iterations.csv (the last is always written)",
    )
    checkpoint_measures: Literal["none", "cheap", "full"] = Field(
        "cheap",
        description="Measures taken at every checkpoint beside the log-mel distance, on up to 64 clips: none; KAD, "
        "FAD, density, coverage, tag rate, memorisation, and STOI and MCD of 16 clips; or nearly all of evaluate's, "
        "which takes some ten times as long",
    )
    primary_measure: Literal["kad", "logmel_frechet"] = Field(
        "kad",
        description="What chooses best_model.tar, the lowest wins: the kernel audio distance, which small sets do not "
        "bias, or the log-mel Fréchet distance, which also stands in where KAD is not measured",
    )
    tensorboard: Annotated[bool, Key(free=True, option="--tensorboard")] = Field(
        False,
        description="Write scalars, audio and spectrograms for TensorBoard too, into tensorboard/ of output_dir; "
        'needs the extra "tensorboard"',
    )
    sample_count: Annotated[int, FREE] = Field(
        8, ge=1, le=64, description="Clips rendered from fixed latent vectors at every checkpoint"
    )


class Config(Section):
    """A whole run's configuration."""

    model: ModelConfig = Field(default=ModelConfig(), description="The networks")
    training: TrainingConfig = Field(default=TrainingConfig(), description="The optimisation")
    audio: AudioConfig = Field(default=AudioConfig(), description="The clips' format")
    dataset: DatasetConfig = Field(default=DatasetConfig(), description="The recordings")
    output: OutputConfig = Field(default=OutputConfig(), description="What a run writes")

    @model_validator(mode="after")
    def _architecture_fits(self) -> Self:
        spec = spec_of(self.model.architecture)
        problem = spec.problem(self._sizes()) or next(self._refused(spec), None)
        if problem is not None:
            raise ValueError(problem)
        return self

    def _sizes(self) -> Sizes:
        model, audio = self.model, self.audio
        return Sizes(
            latent_dim=model.latent_dim,
            phase_shuffle=model.phase_shuffle,
            batch_size=self.training.batch_size,
            sample_rate=audio.sample_rate,
            clip_samples=audio.audio_length_samples,
        )

    def _refused(self, spec: ArchitectureSpec) -> Iterator[str]:
        """A sentence for each key that is set and that this architecture does not have."""
        for section in type(self).model_fields:
            values: Section = getattr(self, section)
            for name, field in type(values).model_fields.items():
                key, given = f"{section}.{name}", getattr(values, name)
                if key_of(field).without == "refused" and key not in spec.keys and given != field.default:
                    yield f'{key} is not for model.architecture "{spec.name}": leave it out'
