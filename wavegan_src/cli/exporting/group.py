"""`export`: what is made of a trained model for other programs. Each command's options are in a module of its own."""

import typer

from wavegan_src.cli.exporting.bank_options import bank
from wavegan_src.cli.exporting.formats_options import onnx, weights
from wavegan_src.cli.exporting.instrument_options import instrument
from wavegan_src.cli.exporting.loops_options import loops

export = typer.Typer(
    name="export",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Make something for other programs from a trained model.",
)
export.command()(instrument)
export.command()(loops)
export.command()(bank)
export.command()(weights)
export.command()(onnx)
