"""The typed definition of a run's configuration.

This is the single source of every key's meaning, unit, range and default: the loader validates against it,
`--help` quotes it, `config_template.json` is rendered from it and a run's snapshot is a dump of it. Further facts about
a key are attached to its field as a `Key` (`utils/config_key.py`).
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from wavegan_src.architectures.spec import ArchitectureSpec, Sizes
from wavegan_src.architectures.table import DEFAULT, known, names, overview, spec_of
from wavegan_src.utils.config_key import FREE, HomePath, Key, OptionalHomePath, Section, key_of

MAX_AUGMENTATION = 0.8  # above it nearly all clips are transformed, which leaks into the output (arXiv 2006.06676, 2.2)


class ModelConfig(Section):
    """Sizes of the two networks (WaveGAN, arXiv 1802.04208, table 1 and appendix)."""

    architecture: Annotated[str, AfterValidator(known), Key(choices=names, option="--architecture")] = Field(
        DEFAULT, description=overview()
    )
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
        description="Largest random shift n of the critic's activations, in samples; 0 turns off phase shuffle",
    )
    spectral_norm: Annotated[bool, Key(without="ignored")] = Field(
        False, description="Divide each critic weight by its largest singular value (arXiv 1802.05957)"
    )


class TrainingConfig(Section):
    """Optimisation: WGAN-GP (arXiv 1704.00028) with Adam and an averaged generator."""

    batch_size: Annotated[int, Key(option="--batch-size")] = Field(
        128, ge=1, le=65536, description="Clips in one critic step; lower it when memory runs out"
    )
    epochs: Annotated[int, Key(option="--epochs")] = Field(
        5000, ge=1, le=10_000_000, description="Passes of the critic over the training clips"
    )
    steps: Annotated[int | None, FREE] = Field(
        None, ge=1, le=10_000_000, description="Critic steps, as many epochs as they need; --epochs takes its place"
    )
    learning_rate: Annotated[float, Key(option="--learning-rate")] = Field(
        0.0001, gt=0, le=1, description="Adam's step size, for both networks"
    )
    lr_schedule: Literal["constant", "linear", "plateau"] = Field(
        "constant",
        description='Learning-rate schedule of both networks: "constant", "linear" (decays to 0 at the last epoch) or '
        '"plateau" (lowered whenever the primary measure has not improved for lr_patience checkpoints)',
    )
    lr_factor: float = Field(
        0.5, gt=0, lt=1, description='With lr_schedule "plateau": factor that lowers the rate, at most to a hundredth'
    )
    lr_patience: int = Field(
        5, ge=1, le=10000, description='With lr_schedule "plateau": checkpoints without improvement to wait'
    )
    n_critic: int = Field(5, ge=1, le=100, description="Critic steps, each on a new batch, per generator step")
    gp_weight: float = Field(
        10.0,
        ge=0,
        le=1e6,
        description="Weight of the gradient penalty; raise it (to 15) if the generator collapses to a few sounds",
    )
    adam_beta1: float = Field(0.5, ge=0, lt=1, description="Adam's decay rate of the mean gradient")
    adam_beta2: float = Field(0.9, ge=0, lt=1, description="Adam's decay rate of the mean squared gradient")
    ema_decay: float = Field(
        0.999,
        ge=0,
        lt=1,
        description="Decay per generator step of the averaged generator, which is the one used for generating; "
        "it starts lower, so that short runs do not average in the untrained network",
    )
    micro_batch_size: Annotated[int | None, Key(free=True, without="refused")] = Field(
        None,
        ge=1,
        le=65536,
        description="Clips computed at once; the gradients of a batch's parts add up to the whole batch's. Lower it "
        "when memory runs out; null computes the whole batch at once",
    )
    precision: Annotated[Literal["float32", "bfloat16"], Key(without="refused")] = Field(
        "float32",
        description='Precision of the convolutions: "bfloat16" halves memory and is several times as fast on recent '
        "GPUs; weights, scores, losses and the optimiser stay float32. On an NVIDIA GPU float32 products are TF32",
    )
    backend: Annotated[Literal["auto", "autograd"], Key(without="ignored")] = Field(
        "auto",
        description='How gradients are computed: "auto" uses hand-written passes on a CPU, two to four times '
        'faster; "autograd" uses PyTorch everywhere. Results agree within float32 rounding',
    )
    augmentation: Literal["off", "fixed", "adaptive"] = Field(
        "off",
        description="Random changes (circular shift, gain, polarity, mild filter, time mask) of the clips that the "
        'critic sees, real and generated: "off", "fixed" (each with probability augmentation_strength) or "adaptive" '
        "(the probability rises while the critic memorises and falls while it does not; needs validation clips)",
    )
    augmentation_strength: float = Field(
        0.3,
        ge=0,
        le=MAX_AUGMENTATION,
        description='Probability of each transformation of each clip with augmentation "fixed"; initial probability '
        'with "adaptive"',
    )
    augmentation_target: float = Field(
        0.25,
        ge=0,
        le=1,
        description='With augmentation "adaptive": how much lower the critic may score unseen clips than training '
        "clips, as a share of its gap between training and generated clips",
    )
    early_stopping: Annotated[bool, Key(free=True, option="--no-early-stopping")] = Field(
        True,
        description="Stop before the last epoch if the run overfits, diverges or converged long ago; never "
        "while its quality is still improving",
    )
    early_stopping_patience: Annotated[int, FREE] = Field(
        10,
        ge=3,
        le=10000,
        description="Consecutive checkpoints with such a verdict and no new best model before the run is stopped",
    )
    compile: Annotated[bool, Key(free=True, without="refused")] = Field(
        False,
        description="Let torch.compile fuse the operations that PyTorch differentiates (on a GPU, or in bfloat16). "
        "Compiling takes minutes at the start and needs a compiler; without one, a notice is printed and nothing is "
        "compiled",
    )
    deterministic: Annotated[bool, FREE] = Field(
        True,
        description="On an NVIDIA GPU, use only algorithms that give the same bytes every time; false lets it pick "
        "the fastest by trial. A CPU always gives the same bytes",
    )
    seed: Annotated[int, Key(option="--seed")] = Field(
        42,
        ge=0,
        lt=2**32,
        description="Seed of all random numbers; the same seed gives the same bytes on the same CPU",
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
        description="Threads that decode recordings and prefetch batches; 0 uses the main thread",
    )


class AudioConfig(Section):
    """Format of the clips that the networks see."""

    sample_rate: int = Field(22050, ge=1000, le=192000, description="Sample rate of the clips, in Hz")
    audio_length_seconds: float = Field(2.0, gt=0, le=60, description="Length of a clip, in s")
    audio_length_samples: int = Field(
        44100,
        ge=64,
        le=4_000_000,
        description="Length of a clip in samples: sample_rate x audio_length_seconds",
    )
    normalization: Literal["peak", "rms", "none"] = Field(
        "peak",
        description='Level of each clip: "peak" scales it to a peak of 0.95, "rms" to -20 dBFS (less if it would '
        'clip), "none" keeps the recording\'s level',
    )
    taper_ms: float = Field(
        5.0,
        ge=0,
        le=1000,
        description="Fade at both edges of each clip, in ms, so that the networks do not learn clicks from cut edges",
    )

    high_pass_hz: Annotated[float, Key(before=0.0)] = Field(
        15.0,
        ge=0,
        le=200,
        description="High-pass of recordings, in Hz: removes offset and rumble, which nobody hears but which take "
        "level from the sound; 0 turns it off",
    )
    channels: Annotated[Literal["auto", "mix"], Key(before="mix")] = Field(
        "auto",
        description='How several channels become one: "auto" mixes those that carry the sound, or takes the best one '
        'if they cancel each other or are several microphones; "mix" takes the mean of all',
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
    """Where the clips come from, and how recordings are cut into clips."""

    source: Literal["folder", "procedural"] = Field(
        "folder",
        description='"folder" reads base_path; "procedural" synthesises stand-in engine sounds (no recordings needed)',
    )
    base_path: Annotated[HomePath, Key(free=True, option="--data")] = Field(
        "../01_dataset_prep/dataset-processed/final",
        min_length=1,
        description="Folder of recordings or prepared clips, searched recursively; relative to the working folder",
    )
    procedural_clips: int = Field(
        240, ge=4, le=1_000_000, description='Clips to synthesise when source is "procedural"'
    )
    overlap: float = Field(
        0.5, ge=0, le=0.95, description="Overlap of consecutive windows of a long recording, as a share of a clip"
    )
    short_clips: Literal["loop", "pad", "drop"] = Field(
        "loop",
        description="Recordings shorter than a clip: repeat with a crossfade, pad with silence, or drop",
    )
    silence_threshold_db: float = Field(
        -60.0, ge=-200, le=0, description="Windows with an RMS level below this are dropped, in dBFS"
    )
    recording_unit: Literal["auto", "folder", "file"] = Field(
        "auto",
        description="What counts as one recording when the set is split: each folder, each file, or chosen by rule "
        "(many folders of clip-length files: the folder)",
    )
    copies: Annotated[Literal["together", "apart"], Key(before="apart")] = Field(
        "together",
        description="Files that hold the same sound (copies, excerpts, parallel microphones of one take) when the set "
        'is split: "together" finds them and keeps them on one side; "apart" does not look for them',
    )
    folder_rules: Annotated[int, Key(before=1)] = Field(
        2,
        ge=1,
        le=2,
        description="Which folders are taken as the split, and which are left out: 2 takes train, valid, validation, "
        "val and test, and leaves out what this program wrote; 1 is the rule of versions before 0.3",
    )
    validation_fraction: float = Field(
        0.15, ge=0, lt=1, description="Share of the recordings kept for validation; training never sees them"
    )
    spectral_whitening: bool = Field(
        False,
        description="Flatten the training set's average spectrum before training, and restore it in generated clips",
    )
    cache_dir: Annotated[OptionalHomePath, FREE] = Field(
        None, description="Folder for the cache of decoded clips; null means the user's cache folder"
    )


class OutputConfig(Section):
    """Where and how often a run writes."""

    output_dir: Annotated[HomePath, Key(free=True, option="--output-dir")] = Field(
        "output_wavegan", min_length=1, description="Folder for everything a run writes"
    )
    checkpoint_interval_epochs: Annotated[int, FREE] = Field(
        10, ge=1, le=10_000_000, description="Epochs between checkpoints, each with samples, metrics and plots"
    )
    checkpoint_interval_steps: Annotated[int | None, FREE] = Field(
        None, ge=1, le=10_000_000, description="The same in critic steps: checkpoint_interval_epochs comes near to them"
    )
    log_interval_iterations: Annotated[int, FREE] = Field(
        100,
        ge=1,
        le=1_000_000_000,
        description="Critic iterations between rows of epoch_N_iterations.csv (an epoch's last is always written)",
    )
    checkpoint_measures: Literal["none", "cheap", "full"] = Field(
        "cheap",
        description='Measures taken at every checkpoint besides the log-mel distance, on up to 64 clips: "none"; '
        '"cheap" (KAD, FAD, density, coverage, tag rate, memorisation, and of 16 clips STOI, MCD, and KAD and FAD by '
        'aiSFX); or "full" '
        "(nearly all that evaluate takes, about ten times as slow)",
    )
    primary_measure: Literal["kad", "logmel_frechet"] = Field(
        "kad",
        description='Measure that chooses best_model.tar, the lowest wins: "kad" (kernel audio distance, unbiased on '
        'small sets) or "logmel_frechet" (log-mel Fréchet distance, also used where KAD is not measured)',
    )
    tensorboard: Annotated[bool, Key(free=True, option="--tensorboard")] = Field(
        False,
        description="Also write scalars, audio and spectrograms for TensorBoard, to tensorboard/ in output_dir; "
        'needs the extra "tensorboard"',
    )
    sample_count: Annotated[int, FREE] = Field(
        8, ge=1, le=64, description="Clips rendered from fixed latent vectors at every checkpoint"
    )


class Config(Section):
    """A whole run's configuration."""

    model: ModelConfig = Field(default=ModelConfig(), description="The networks")
    training: TrainingConfig = Field(default=TrainingConfig(), description="Optimisation")
    audio: AudioConfig = Field(default=AudioConfig(), description="Format of the clips")
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
        """A message for each key that is set but that this architecture does not have."""
        for section in type(self).model_fields:
            values: Section = getattr(self, section)
            for name, field in type(values).model_fields.items():
                key, given = f"{section}.{name}", getattr(values, name)
                if key_of(field).without == "refused" and key not in spec.keys and given != field.default:
                    yield f'{key} does not apply to model.architecture "{spec.name}": remove it'
