"""Implements `--generate-only`: clips, their table, saved latent vectors, and a summary."""

import statistics
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.config_schema import Config
from wavegan_src.evaluation.model_sets import with_data
from wavegan_src.evaluation.training_profiles import TrainingProfiles, profiles_at_hand, take_profiles
from wavegan_src.generation.clip_length import ClipLength, choose_length
from wavegan_src.generation.latents import Recipe, make_recipe
from wavegan_src.generation.latents_file import write_new_latents
from wavegan_src.generation.request import GenerationRequest
from wavegan_src.generation.table import read_table
from wavegan_src.generation.writer import TrainedModel, Written, generate_files, load_model
from wavegan_src.run.folder import GENERATED_TABLE, RunFolder
from wavegan_src.run.pretrained import FILE, NAME
from wavegan_src.utils.device import choose_device, configure
from wavegan_src.utils.files import make_folder
from wavegan_src.utils.format import format_count
from wavegan_src.utils.program import program
from wavegan_src.utils.progress import rich_progress


def generate(config: Config, request: GenerationRequest) -> None:
    """Write new clips from a trained model under `<output-dir>/generated/`, for a checked request.

    Raises:
        UserError: the request cannot be met; nothing is written.
    """
    console = SteadyConsole()
    folder = RunFolder(Path(config.output.output_dir))
    device = choose_device(config.training.device)
    configure(device, config.training.deterministic)
    model = load_model(request.checkpoint or CheckpointStore(folder.checkpoints).find_model(), device)
    length = choose_length(model.config, request.seconds)
    recipe = replace(make_recipe(request, config.training.seed, model.config.model.latent_dim), length=length)
    profiles = _training_profiles(console, model, request) if length is None else None
    kind = ", trained on procedural stand-in data" if model.procedural else ""
    say(
        console,
        f"Generating {format_count(recipe.count, 'clip')}{_long(length)} from {_name(model)} ({model.progress}{kind}), "
        f"{_what(recipe)}.",
    )
    read_table(folder.generated / GENERATED_TABLE)  # refused before anything is written
    if request.save_latents:
        make_folder(folder.generated, what="the folder", cure="choose another --output-dir")
        path = folder.generated / _latents_name(recipe)
        write_new_latents(path, recipe.latents().numpy())
        say(console, f"Their latent vectors are in {path}: edit them with NumPy, and render them with --latents.")
    find = profiles.find_nearest if profiles is not None else None
    summary = Summary()
    with (
        rich_progress("Generating", recipe.count) as advance,
        closing(generate_files(model, folder.generated, recipe, find)) as clips,
    ):
        for clip in clips:
            summary.add(clip)
            advance(1)
    names = summary.first if recipe.count == 1 else f"{summary.first} ... {summary.last}"
    say(console, f"{format_count(recipe.count, 'clip')} in {folder.generated}: {names}")
    if summary.of_other_models:
        say(console, f"{summary.of_other_models} files of the same name, made by another model, were replaced.")
    if length is not None:
        trained = model.config.audio.audio_length_seconds
        say(
            console,
            f"{GENERATED_TABLE} has no nearest training clips: clips{_long(length)} cannot be compared with training "
            f"clips of {trained:g} s.",
        )
    else:
        _say_distances(console, summary.distances, profiles, model)


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


def _training_profiles(console: Console, model: TrainedModel, request: GenerationRequest) -> TrainingProfiles | None:
    """Where to look for nearest training clips: the model's own data if available, or that of --data."""
    if request.data is None:
        return profiles_at_hand(model.config, model.data_fingerprint, rich_progress)
    found, fingerprint = take_profiles(
        with_data(model.config, request.data), rich_progress, lambda message: say(console, message)
    )
    if model.data_fingerprint not in (None, fingerprint):
        say(console, f"The clips of {request.data} are not the ones that the model was trained on.")
    return found


def _say_distances(
    console: Console, distances: list[float], profiles: TrainingProfiles | None, model: TrainedModel
) -> None:
    if profiles is None and model.path == FILE:
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


def _name(model: TrainedModel) -> str:
    """The model in words."""
    return f"the included model, {NAME}" if model.path == FILE else str(model.path)


def _long(length: ClipLength | None) -> str:
    return "" if length is None else f" of {length.seconds:g} s"


def _what(recipe: Recipe) -> str:
    """The latent vectors in words."""
    first, last = recipe.origin(0), recipe.origin(recipe.count - 1)
    truncation = f", truncation {recipe.truncation:g}" if recipe.truncation != 1 else ""
    if first.latents is not None:
        return f"the rows of {first.latents}{truncation}"
    if first.to_seed is not None:
        return f"interpolated from seed {first.seed} to seed {first.to_seed}{truncation}"
    return f"seed {first.seed}" + (f" to {last.seed}" if recipe.count > 1 else "") + truncation


def _latents_name(recipe: Recipe) -> str:
    """A name of its own for each list of latent vectors that seeds can give."""
    first, last = recipe.origin(0), recipe.origin(recipe.count - 1)
    end = last.seed if first.to_seed is None else first.to_seed
    path = f"_in_{recipe.count}" if first.to_seed is not None else ""
    truncation = f"_truncation{recipe.truncation!r}" if recipe.truncation != 1 else ""
    return f"latents_seed{first.seed:05}_to_{end:05}{path}{truncation}.npy"
