"""Load a trained model, and generate clips with it as arrays or files."""

import operator
from collections import abc
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wavegan_src.config_schema import Config
from wavegan_src.evaluation.inputs.model_sets import with_data
from wavegan_src.evaluation.inputs.training_profiles import TrainingProfiles, profiles_at_hand, take_profiles
from wavegan_src.generation.driving.curve import sweep
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.latents import Selection
from wavegan_src.generation.model import TrainedModel, load_model
from wavegan_src.generation.recipe import Clip, Recipe, make_recipe
from wavegan_src.generation.request import Interpolation
from wavegan_src.generation.writer import FindNearest, Written, write_clips
from wavegan_src.run.model_files import model_file, model_name
from wavegan_src.run.pretrained import NAME
from wavegan_src.utils.device import choose_device, configure
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import user_path
from wavegan_src.utils.progress import Notify, ProgressFactory, ignore, no_progress

Seeds = int | Sequence[int] | NDArray[np.integer]
Way = tuple[int, int, int] | Interpolation


def load(source: str | Path = NAME, *, device: str = "auto", deterministic: bool = False) -> "Model":
    """Load a trained model.

    Args:
        source: "pretrained" for the included model, the folder of a run for its best model, or a `.tar` file. A `Path`
            is always a path.
        device: where to generate: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1" or "mps".
        deterministic: on a GPU, use only algorithms that give the same bytes every time; a CPU always does.

    Raises:
        UserError: the model does not exist or is damaged, or the device does not exist.

    Example:
        >>> import wavegan
        >>> model = wavegan.load("pretrained")
        >>> model.sample_rate, model.seconds, model.latent_dim
        (22050, 2.0, 64)
    """
    where = choose_device(device)
    configure(where, deterministic)
    return Model(load_model(model_file(source), where))


class Model:
    """A trained generator, as returned by `wavegan.load`."""

    def __init__(self, trained: TrainedModel) -> None:
        self.trained = trained

    def __repr__(self) -> str:
        return f"<wavegan.Model {self.name}, {self.config.model.architecture}, {self.sample_rate} Hz>"

    @property
    def name(self) -> str:
        """The path of its file, or "pretrained"."""
        return "untitled" if self.trained.path is None else model_name(self.trained.path)

    @property
    def config(self) -> Config:
        """The configuration with which it was trained."""
        return self.trained.config

    @property
    def sample_rate(self) -> int:
        """Samples per second of its clips."""
        return self.config.audio.sample_rate

    @property
    def seconds(self) -> float:
        """The length of the clips that it was trained on, in s."""
        return self.config.audio.audio_length_seconds

    @property
    def latent_dim(self) -> int:
        """The size of a latent vector."""
        return self.config.model.latent_dim

    @property
    def progress(self) -> str:
        """How long it was trained, in words."""
        return self.trained.progress

    @property
    def procedural(self) -> bool:
        """Whether it was trained on procedural stand-in data rather than on recordings."""
        return self.trained.procedural

    def generate(
        self,
        seeds: Seeds | None = None,
        *,
        latents: ArrayLike | str | Path | None = None,
        interpolate: Way | None = None,
        truncation: float = 1.0,
        seconds: float | None = None,
    ) -> NDArray[np.float32]:
        """Generate clips. Give one of `seeds`, `latents` and `interpolate`.

        A seed always gives the same clip, whatever the other seeds are: the samples of the WAV file that
        `--generate-only` writes for it, before rounding to 16 bits.

        Args:
            seeds: one or several, from 0 to 2³² - 1.
            latents: vectors `(clips, latent_dim)` as an array, or the path of a `.npy` file; in training they are drawn
                from N(0, I).
            interpolate: `(first, last, count)`: clips on the path from one seed to another, both included.
            truncation: above 0 and at most 1. Latent vectors are multiplied by it: less variety, more typical sound.
            seconds: length of the clips; None means the trained length. The model of `config_fast` accepts up
                to 600, the paper's network only its trained length.

        Returns:
            `(clips, samples)`, float32, in [-1, 1], at `sample_rate`.

        Raises:
            UserError: a value is out of range or does not fit the model.

        Example:
            >>> import wavegan
            >>> model = wavegan.load("pretrained")
            >>> clips = model.generate(seeds=[17, 18], seconds=4)
            >>> clips.shape, clips.dtype
            ((2, 88200), dtype('float32'))
            >>> model.generate(interpolate=(17, 18, 5), truncation=0.7).shape
            (5, 44100)
        """
        recipe = self.recipe(seeds, latents=latents, interpolate=interpolate, truncation=truncation, seconds=seconds)
        found = np.empty((len(recipe), self.trained.samples(recipe)), np.float32)
        done = 0
        for clips, waveforms in self.render(recipe):
            found[done : done + len(clips)] = waveforms
            done += len(clips)
        return found

    def latents(
        self, seeds: Seeds | None = None, *, interpolate: Way | None = None, truncation: float = 1.0
    ) -> NDArray[np.float32]:
        """The latent vectors of seeds, which may be edited and passed to `generate`.

        Args:
            seeds, interpolate, truncation: as in `generate`.

        Returns:
            `(clips, latent_dim)`, float32.

        Raises:
            UserError: a value is out of range.

        Example:
            >>> import wavegan
            >>> model = wavegan.load("pretrained")
            >>> first, second = model.latents(seeds=[17, 18])
            >>> model.generate(latents=[(first + second) / 2]).shape
            (1, 44100)
        """
        recipe = self.recipe(seeds, interpolate=interpolate, truncation=truncation)
        vectors: NDArray[np.float32] = recipe.vectors().numpy()
        return vectors

    def write(
        self,
        folder: str | Path,
        seeds: Seeds | None = None,
        *,
        latents: ArrayLike | str | Path | None = None,
        interpolate: Way | None = None,
        truncation: float = 1.0,
        seconds: float | None = None,
    ) -> list[Path]:
        """Generate clips as 16-bit WAV files, with a row for each in the folder's `generated.csv`.

        Args:
            folder: created if it does not exist.
            seeds, latents, interpolate, truncation, seconds: as in `generate`.

        Returns:
            The files, in order.

        Raises:
            UserError: as `generate`; or the folder cannot be created, or another process is writing to it.

        Example:
            >>> import wavegan
            >>> model = wavegan.load("pretrained")
            >>> [path.name for path in model.write("sounds", seeds=[17])]
            ['generated_seed00017.wav']
        """
        recipe = self.recipe(seeds, latents=latents, interpolate=interpolate, truncation=truncation, seconds=seconds)
        with closing(self.write_each(recipe, folder)) as files:
            return [written.path for written in files]

    def drive(
        self,
        rpm: float | Sequence[float] = (800, 6000),
        load: float | Sequence[float] | None = None,
        *,
        seconds: float = 8.0,
        seed: int = 17,
        strokes: int = 4,
    ) -> NDArray[np.float32]:
        """Drive an engine: sound for a speed and a load that change over time.

        Args:
            rpm: revolutions per minute; several values are spread evenly over the time, with straight lines between.
            load: the same for the load, 0 to 1; None lets it vary as in the recordings.
            seconds: the length of the sound.
            seed: which engine.
            strokes: 2 or 4, of its working cycle.

        Returns:
            `(samples,)`, float32, in [-1, 1], at `sample_rate`.

        Raises:
            UserError: the model has not learnt speeds, or a value is out of range.

        Example:
            >>> import wavegan
            >>> model = wavegan.load("pretrained")
            >>> sound = model.drive(rpm=(800, 2000, 1200), load=(0.2, 1, 0), seconds=2)
            >>> len(sound) / model.sample_rate
            2.0
        """
        if strokes not in (2, 4):
            raise UserError(f"strokes is {strokes}: give 2 or 4.")
        driver = Driver(self.trained, 30.0 * strokes)
        return np.concatenate(list(driver.render(sweep(rpm, load, seconds), seed)))

    def recipe(
        self,
        seeds: Seeds | None = None,
        *,
        latents: ArrayLike | str | Path | None = None,
        interpolate: Way | None = None,
        truncation: float = 1.0,
        seconds: float | None = None,
    ) -> Recipe:
        """Make a checked recipe for `render` and `write_each`; the arguments are those of `generate`.

        A recipe is plain data and makes latent vectors only when requested: `range(1_000_000)` needs no memory.

        Raises:
            UserError: a value is out of range or does not fit the model.

        Example:
            >>> import wavegan
            >>> recipe = wavegan.load("pretrained").recipe(seeds=range(1_000_000))
            >>> len(recipe), recipe[17].name
            (1000000, 'generated_seed00017.wav')
        """
        return make_recipe(
            _selection(seeds, latents, interpolate),
            self.config,
            truncation=truncation,
            seconds=seconds,
            procedural=self.procedural,
        )

    def render(self, recipe: Recipe) -> Iterator[tuple[list[Clip], NDArray[np.float32]]]:
        """Generate the clips of a recipe in batches of bounded memory.

        Yields:
            Clips, each with its name, origin and latent vector, and their waveforms `(clips, samples)`.

        Raises:
            UserError: the model gives NaN, for example because latent vectors are too large.

        Example:
            >>> import wavegan
            >>> model = wavegan.load("pretrained")
            >>> for clips, waveforms in model.render(model.recipe(seeds=range(40))):
            ...     print(clips[0].name, waveforms.shape)
            generated_seed00000.wav (32, 44100)
            generated_seed00032.wav (8, 44100)
        """
        for clips, waveforms in self.trained.render(recipe):
            for clip, waveform in zip(clips, waveforms, strict=True):
                self.trained.check_sound(clip, waveform)
            yield clips, waveforms.numpy()

    def write_each(
        self, recipe: Recipe, folder: str | Path, find_nearest: FindNearest | None = None
    ) -> abc.Generator[Written, None, None]:
        """Write the clips of a recipe one by one; if the iteration ends early, the files written so far are complete.

        Args:
            recipe: from `recipe`.
            folder: created if it does not exist.
            find_nearest: returns the name and distance of the training clip nearest to a clip `(samples,)`, for
                example `training_profiles().find_nearest`.

        Yields:
            Each file as it is written: `path`, `distance`, and `replaced_other` if another model's file was replaced.

        Raises:
            UserError: as `write`.

        Example:
            >>> import wavegan
            >>> model = wavegan.load("pretrained")
            >>> for written in model.write_each(model.recipe(seeds=range(100)), "sounds"):
            ...     break
            >>> written.path.name
            'generated_seed00000.wav'
        """
        return write_clips(self.trained, recipe, user_path(folder), find_nearest)

    def training_profiles(
        self,
        data: str | Path | None = None,
        *,
        progress: ProgressFactory = no_progress,
        notify: Notify = ignore,
    ) -> TrainingProfiles | None:
        """Profiles of the training clips, to find the one nearest to a generated clip.

        Args:
            data: the folder of recordings; None means the model's own, if its clips are in the cache.
            progress: shows progress.
            notify: receives warnings about the recordings.

        Returns:
            Profiles whose `find_nearest(clip)` returns the name and the distance of a training clip; None if `data` is
            None and the training clips are not available.

        Raises:
            UserError: the folder contains no usable recordings.

        Example:
            >>> import wavegan
            >>> wavegan.load("pretrained").training_profiles() is None  # its recordings do not come with it
            True
        """
        if data is None:
            return profiles_at_hand(self.config, self.trained.data_fingerprint, progress)
        found, fingerprint = take_profiles(with_data(self.config, str(data)), progress, notify)
        if self.trained.data_fingerprint not in (None, fingerprint):
            notify(f"The clips in {data} are not the ones on which the model was trained.")
        return found


def _selection(seeds: Seeds | None, latents: ArrayLike | str | Path | None, interpolate: Way | None) -> Selection:
    if sum(given is not None for given in (seeds, latents, interpolate)) != 1:
        raise UserError("Give one of seeds, latents and interpolate, and no more than one.")
    if seeds is not None:
        return _seeds(seeds)
    if interpolate is not None:
        return interpolate if isinstance(interpolate, Interpolation) else Interpolation(*interpolate)
    return user_path(latents) if isinstance(latents, str | Path) else np.asarray(latents)


def _seeds(seeds: Seeds) -> Sequence[int]:
    if isinstance(seeds, range):
        return seeds
    try:
        several = seeds if isinstance(seeds, Sequence | np.ndarray) else [seeds]
        return [operator.index(seed) for seed in several]
    except TypeError as error:
        raise UserError("Seeds are whole numbers: give one, or a list of them.") from error
