"""Pictures in no time: drawing them takes five times as long as all else in a tiny run."""

import io
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from PIL import Image

from wavegan_src.config_schema import Config
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.files import write_bytes_atomically

DRAWN = Figure.savefig
PLOTS = ("epoch_loss_curves", "gradient_norms", "convergence_analysis", "spectrograms")
# What is replaced, by what.
DRAW_PLOTS = "wavegan_src.trainer.observers.pages.draw_plots"


def blank_png() -> bytes:
    """A picture of one point."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "png")
    return file.getvalue()


PNG = blank_png()


def draw_blank(folder: RunFolder, config: Config) -> None:
    """In place of `draw_plots`: the same files, of one point."""
    for name in PLOTS:
        write_bytes_atomically(folder.plots / f"{name}.png", PNG)  # as they are: not through a link or pipe


def save_blank(figure: Figure, file: Any, *arguments: Any, **options: Any) -> None:
    """In place of `Figure.savefig`: the figure was made, and PNG files are one point; others are drawn."""
    if options.get("format") != "png":
        DRAWN(figure, file, *arguments, **options)
    elif hasattr(file, "write"):
        file.write(PNG)
    else:
        Path(file).write_bytes(PNG)
