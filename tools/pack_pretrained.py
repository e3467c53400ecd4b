"""Make the included pretrained model from a run's checkpoint.

    python -m tools.pack_pretrained RUN/checkpoints/best_model.tar

The file keeps only what is needed to generate and to start from the model, with weights in half precision; data about
the run and its machine are removed.
"""

import copy
import io
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from wavegan_src.checkpoints import read_checkpoint
from wavegan_src.cli.console import exit_with_status
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.models.registry import build_networks, weightless
from wavegan_src.run.model_files import model_file
from wavegan_src.run.pretrained import FILE
from wavegan_src.run.state import ModelState
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_bytes_atomically

MOST_BYTES = 6_000_000
OF_THE_MACHINE = (
    "dataset.base_path",
    "dataset.cache_dir",
    "output.output_dir",
    "training.device",
    "training.num_workers",
    "training.init",
)


def main(
    checkpoint: Annotated[Path, typer.Argument(help="Best model of a run")],
    out: Annotated[Path, typer.Option(help="The file to write")] = FILE,
) -> None:
    """Pack a checkpoint and print what the file contains."""
    state = pack(read_checkpoint(model_file(checkpoint)))
    content = io.BytesIO()
    torch.save(state.to_values(), content)
    size = content.getbuffer().nbytes
    if size > MOST_BYTES:
        raise UserError(f"{checkpoint} packs to {size:,} bytes, more than {MOST_BYTES:,}: train a smaller model.")
    out.parent.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(out, content.getvalue())
    print(f"{out}: {size:,} bytes; epoch {state.epoch}, iteration {state.iteration}, {state.dataset}")


def pack(state: ModelState) -> ModelState:
    """Keep what the model of a checkpoint needs, and nothing about its run.

    Raises:
        UserError: the checkpoint has no critic.
    """
    if state.discriminator is None:
        raise UserError("The checkpoint has no critic, which is needed to start from it: pack a run's own checkpoint.")
    config = validate(state.config, source="checkpoint")
    with weightless(config):
        generator, critic = build_networks(config)
    return ModelState(
        format_version=state.format_version,
        architecture_version=state.architecture_version,
        config=_scrubbed(config),
        epoch=state.epoch,
        iteration=state.iteration,
        dataset=state.dataset,
        whitening=state.whitening,
        generator_ema=_halved(state.generator_ema, generator),
        discriminator=_halved(state.discriminator, critic),
        code_version=state.code_version,
    )


def _halved(weights: dict[str, torch.Tensor], network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Convert parameters to float16; buffers, which are small and were measured or computed, stay unchanged.

    Raises:
        UserError: a parameter exceeds the range of float16.
    """
    parameters = dict(network.named_parameters())
    packed = {
        name: value.to(torch.float16 if name in parameters else value.dtype).contiguous().clone()
        for name, value in weights.items()
    }
    for name, value in packed.items():
        if not bool(torch.isfinite(value).all()):
            raise UserError(f"The values of {name} are not finite in half precision: the model cannot be packed.")
    return packed


def _scrubbed(config: Config) -> dict[str, Any]:
    """The configuration with the keys about its maker's machine reset to their defaults."""
    values = copy.deepcopy(config.model_dump(mode="json"))
    defaults = Config().model_dump(mode="json")
    for key in OF_THE_MACHINE:
        section, name = key.split(".")
        values[section][name] = defaults[section][name]
    return values


if __name__ == "__main__":
    exit_with_status(lambda: typer.run(main))
