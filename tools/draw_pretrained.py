"""Draw the README's picture of the pretrained model: clips that it never heard above, its own below.

    python -m tools.draw_pretrained RECORDINGS

RECORDINGS has the two sides of the split that the model was trained with as its folders `train` and `valid`.
"""

from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer

from wavegan_src.analytics import SPECTROGRAM_COLUMNS, spectrogram_sheet
from wavegan_src.cli.console import exit_with_status
from wavegan_src.config_loader import load_config
from wavegan_src.dataset import open_dataset
from wavegan_src.generation.model import load_model
from wavegan_src.generation.recipe import make_recipe
from wavegan_src.generation.writer import write_clips
from wavegan_src.run.pretrained import FILE
from wavegan_src.trainer.samples import SampleWriter

FIRST_SEED = 42  # as `--generate-only` begins
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "pretrained.png"


def main(
    recordings: Annotated[Path, typer.Argument(help="Folder with train and valid")],
    out: Annotated[Path, typer.Option(help="The picture to write")] = PICTURE,
) -> None:
    """Draw as many clips of either kind as fit in a row."""
    own = {"dataset.base_path": str(recordings), "output.sample_count": 2 * SPECTROGRAM_COLUMNS + 1}
    config = load_config("config_fast", own | {"model.architecture": "engine"})  # which needs no speeds of the clips
    model = load_model(FILE, torch.device("cpu"))
    recipe = make_recipe(range(FIRST_SEED, FIRST_SEED + SPECTROGRAM_COLUMNS), model.config)
    with TemporaryDirectory() as temporary:
        real, generated = Path(temporary, "real"), Path(temporary, "generated")
        real.mkdir()
        SampleWriter(real, config, open_dataset(config)).write_real()
        deque(write_clips(model, recipe, generated), maxlen=0)
        within = sorted(real.glob("*.wav"))[1::2]  # the first clip of all is of an engine that starts
        spectrogram_sheet(within, sorted(generated.glob("*.wav"))).savefig(out, dpi=75)
    print(out)


if __name__ == "__main__":
    exit_with_status(lambda: typer.run(main))
