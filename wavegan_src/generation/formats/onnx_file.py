"""An ONNX file of a model: its network as a graph, and in the metadata what a program must know beside it."""

from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from wavegan_src import __version__
from wavegan_src.generation.formats.facts import facts_of
from wavegan_src.generation.model import TrainedModel
from wavegan_src.generator import Generator
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import write_bytes_atomically
from wavegan_src.utils.paths import shown

if TYPE_CHECKING:
    from onnx import GraphProto

OPSET, IR_VERSION = 17, 8  # ONNX 1.12, June 2022; ONNX Runtime reads them from 1.12 on
RUNTIME = "ONNX Runtime 1.12 or newer, CPU"
FORMAT = 1
_CURE = "choose another file with --out"


def check_installed() -> None:
    """Check before any work that ONNX files can be written.

    Raises:
        UserError: the extra is not installed.
    """
    try:
        import onnx  # noqa: F401, PLC0415 - the extra
    except ImportError as error:
        raise UserError(
            '`export onnx` needs the package onnx, which is not installed: run pip install ".[onnx]" in the program\'s '
            "folder, or pip install onnx."
        ) from error


def check_writable(path: Path) -> None:
    """Check before any work that a file can be written there.

    Raises:
        UserError: the name is a folder's, or of another kind of file.
    """
    if path.suffix.lower() != ".onnx":
        raise UserError(f"--out {shown(path)}: give a name that ends in .onnx, such as model.onnx.")
    if path.is_dir():
        raise UserError(f"{shown(path)} is a folder: {_CURE}.")


def write_onnx(model: TrainedModel, path: Path) -> int:
    """Write the model's network; the bytes of the file. The same model gives the same bytes.

    Raises:
        UserError: its network cannot be an ONNX graph, or the file cannot be written.
    """
    content = file_of(model)
    with os_errors_as_user_errors(path, what="the file", cure=_CURE):
        write_bytes_atomically(path, content)
    return len(content)


def graph_of(model: TrainedModel) -> "GraphProto":
    """The graph of a model.

    Raises:
        UserError: it cannot be one.
    """
    from wavegan_src.generation.formats.graphs import control_graph, paper_graph  # noqa: PLC0415 - the extra

    generator: nn.Module = model.generator
    if isinstance(generator, DriveGenerator):
        return control_graph(generator)
    if not isinstance(generator, Generator):
        raise UserError(
            f"{model.path or 'This model'} draws noise from the latent vector's bytes, which no ONNX graph can: use "
            "`export weights`, or export a drive model (--config config_fast) or the paper's network."
        )
    if model.whitening is not None:
        raise UserError(
            f"{model.path or 'This model'} was trained on whitened clips, and its graph would give whitened sound: use "
            "`export weights`, or train one without dataset.spectral_whitening."
        )
    return paper_graph(generator)


def file_of(model: TrainedModel) -> bytes:
    """The content of the file.

    Raises:
        UserError: the model's network cannot be an ONNX graph.
    """
    from onnx import checker, helper  # noqa: PLC0415 - the extra

    found = helper.make_model(
        graph_of(model),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="wavegan",
        producer_version=__version__,
        doc_string=f"Opset {OPSET}; {RUNTIME}. docs/formats.md of the program describes inputs and outputs.",
    )
    heading = {
        "format": FORMAT,
        "architecture": model.config.model.architecture,
        "checkpoint_sha256": model.sha256 or "",
        "runtime": RUNTIME,
    }
    facts = facts_of(model.generator, model.config)
    helper.set_model_props(found, {name: str(value) for name, value in (heading | facts).items()})
    checker.check_model(found, full_check=True)
    content: bytes = found.SerializeToString(deterministic=True)
    return content
