"""Implements `--generate-only`: clips, their table, saved latent vectors, and a summary."""

import statistics
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.config_loader import flatten
from wavegan_src.config_schema import Config
from wavegan_src.convergence.judging import can_choose, too_small
from wavegan_src.evaluation.inputs.training_profiles import TrainingProfiles
from wavegan_src.generation.clip_length import ClipLength
from wavegan_src.generation.latents_file import write_new_latents
from wavegan_src.generation.model import lend
from wavegan_src.generation.recipe import Recipe
from wavegan_src.generation.request import GenerationRequest, Interpolation
from wavegan_src.generation.table import read_table
from wavegan_src.generation.writer import Written, another_folder
from wavegan_src.run.folder import GENERATED_TABLE, RunFolder
from wavegan_src.run.model_files import find_model
from wavegan_src.run.pretrained import FILE, NAME
from wavegan_src.run.state import DatasetFacts
from wavegan_src.trainer.together.command import work_together
from wavegan_src.utils.errors import os_errors_as_user_errors
from wavegan_src.utils.files import make_own_folder
from wavegan_src.utils.format import format_count
from wavegan_src.utils.processes.sharing import sharers
from wavegan_src.utils.program import program
from wavegan_src.utils.progress import rich_progress


def generate(config: Config, request: GenerationRequest, config_name: str | None = None) -> None:
    """Write new clips, all processes together if `torchrun` started several; see `_generate`."""
    work_together(config.training, lambda: _generate(config, request, config_name))


def _generate(config: Config, request: GenerationRequest, config_name: str | None) -> None:
    """Write new clips from a trained model under `<output-dir>/generated/`, for a checked request.

    Args:
        config: gives the output folder, the device and the seed.
        request: what to generate.
        config_name: the configuration that was asked for; None if none was.

    Raises:
        UserError: the request cannot be met; nothing is written.
    """
    console = SteadyConsole()
    folder = RunFolder(Path(config.output.output_dir))
    loaded = wavegan.load(
        request.checkpoint or find_model(folder.checkpoints),
        device=config.training.device,
        deterministic=config.training.deterministic,
    )
    model = wavegan.Model(lend(loaded.trained, sharers()))
    if config_name is not None and (others := _other_networks(config, model.config)):
        say(
            console,
            f"The model has networks of its own, so --config {config_name} does not set {others}; the output folder, "
            "the device and the seed are from there.",
        )
    recipe = _recipe(model, request, config.training.seed)
    profiles = _training_profiles(console, model, request) if recipe.length is None else None
    kind = ", trained on procedural stand-in data" if model.procedural else ""
    say(
        console,
        f"Generating {format_count(len(recipe), 'clip')}{_long(recipe.length)} from {_name(model)} "
        f"({model.progress}{kind}), {_what(recipe)}.",
    )
    _say_if_unjudged(console, model.trained.dataset)
    read_table(folder.generated / GENERATED_TABLE)  # refused before anything is written
    with os_errors_as_user_errors(folder.generated, what="the folder", cure=another_folder(model.trained)):
        make_own_folder(folder.root, folder.generated.name)
    if request.save_latents:
        path = folder.generated / _latents_name(recipe)
        write_new_latents(path, recipe.vectors().numpy())
        say(console, f"Their latent vectors are in {path}: edit them with NumPy, and render them with --latents.")
    summary = _write(model, recipe, folder.generated, profiles)
    names = summary.first if len(recipe) == 1 else f"{summary.first} ... {summary.last}"
    say(console, f"{format_count(len(recipe), 'clip')} in {folder.generated}: {names}")
    if summary.of_other_models:
        say(console, f"{summary.of_other_models} files of the same name, made by another model, were replaced.")
    if recipe.length is not None:
        say(
            console,
            f"{GENERATED_TABLE} has no nearest training clips: clips{_long(recipe.length)} cannot be compared with "
            f"training clips of {model.seconds:g} s.",
        )
    else:
        _say_distances(console, summary.distances, profiles, model)


def _other_networks(config: Config, own: Config) -> str:
    """The keys of networks and clips in which a configuration differs from a model's own, with both values."""
    asked, has = flatten(config), flatten(own)
    keys = [key for key in has if key.startswith(("model.", "audio.")) and asked[key] != has[key]]
    named = keys[:1] if "model.architecture" in keys else keys[:3]
    return ", ".join(f"{key} to {asked[key]} (the model has {has[key]})" for key in named)


def _say_if_unjudged(console: Console, data: DatasetFacts | None) -> None:
    """Say that the model was not chosen by its quality, if so."""
    if data is not None and data.validation_recordings is not None and not can_choose(data.validation_recordings):
        say(console, f"{too_small(data.validation_clips, data.validation_recordings)}.")


def _recipe(model: wavegan.Model, request: GenerationRequest, seed: int) -> Recipe:
    selection = request.selection(seed)
    recipe = model.recipe(
        seeds=selection if isinstance(selection, range) else None,
        latents=selection if isinstance(selection, Path) else None,
        interpolate=selection if isinstance(selection, Interpolation) else None,
        truncation=request.factor,
        seconds=request.seconds,
    )
    request.check_count(len(recipe))
    return recipe


@dataclass
class Summary:
    """Facts about the clips for the summary."""

    first: str = ""
    last: str = ""
    of_other_models: int = 0
    distances: list[float] = field(default_factory=list)

    def add(self, clip: Written) -> None:
        """Add a clip."""
        self.first = self.first or clip.path.name
        self.last = clip.path.name
        self.of_other_models += clip.replaced_other
        if clip.distance is not None:
            self.distances.append(clip.distance)


def _write(model: wavegan.Model, recipe: Recipe, folder: Path, profiles: TrainingProfiles | None) -> Summary:
    find = profiles.find_nearest if profiles is not None else None
    summary = Summary()
    with (
        rich_progress("Generating", len(recipe)) as advance,
        closing(model.write_each(recipe, folder, find)) as clips,
    ):
        for clip in clips:
            summary.add(clip)
            advance(1)
    return summary


def _training_profiles(console: Console, model: wavegan.Model, request: GenerationRequest) -> TrainingProfiles | None:
    """Where to look for nearest training clips: the model's own data if available, or that of --data."""
    return model.training_profiles(request.data, progress=rich_progress, notify=lambda message: say(console, message))


def _say_distances(
    console: Console, distances: list[float], profiles: TrainingProfiles | None, model: wavegan.Model
) -> None:
    if profiles is None and model.trained.path == FILE:
        say(
            console,
            f"{GENERATED_TABLE} has no nearest training clips: this model comes without its recordings. Compare with "
            "yours: --data FOLDER.",
        )
    elif profiles is None:
        cure = f"`{program()} evaluate` recreates them" if model.procedural else "name them with --data FOLDER"
        say(
            console,
            f"{GENERATED_TABLE} has no nearest training clips: the model's training clips are not available; {cure}.",
        )
    elif distances:
        held_out = (
            f"; for recordings held out of training the median is {statistics.median(profiles.held_out):.1f}"
            if len(profiles.held_out)
            else ""
        )
        say(
            console,
            f"Nearest training clips are in {GENERATED_TABLE}: distance {min(distances):.1f} to {max(distances):.1f}, "
            f"median {statistics.median(distances):.1f}{held_out}.",
        )


def _name(model: wavegan.Model) -> str:
    """The model in words."""
    return f"the included model, {NAME}" if model.trained.path == FILE else str(model.trained.path)


def _long(length: ClipLength | None) -> str:
    return "" if length is None else f" of {length.seconds:g} s"


def _what(recipe: Recipe) -> str:
    """The latent vectors in words."""
    first, last = recipe.origin(0), recipe.origin(len(recipe) - 1)
    truncation = f", truncation {recipe.truncation:g}" if recipe.truncation != 1 else ""
    if first.latents is not None:
        return f"the rows of {first.latents}{truncation}"
    if first.to_seed is not None:
        return f"interpolated from seed {first.seed} to seed {first.to_seed}{truncation}"
    return f"seed {first.seed}" + (f" to {last.seed}" if len(recipe) > 1 else "") + truncation


def _latents_name(recipe: Recipe) -> str:
    """A name of its own for each list of latent vectors that seeds can give."""
    first, last = recipe.origin(0), recipe.origin(len(recipe) - 1)
    end = last.seed if first.to_seed is None else first.to_seed
    path = f"_in_{len(recipe)}" if first.to_seed is not None else ""
    truncation = f"_truncation{recipe.truncation!r}" if recipe.truncation != 1 else ""
    return f"latents_seed{first.seed:05}_to_{end:05}{path}{truncation}.npy"
