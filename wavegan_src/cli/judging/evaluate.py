"""Implements `evaluate`: from its options to the table, `evaluation.json` and `evaluation.html`."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.cli.judging.evaluation_table import print_evaluation
from wavegan_src.config_schema import Config, OutputConfig
from wavegan_src.evaluation.measures.embeddings import NETWORKS
from wavegan_src.evaluation.protocol import choose_measures
from wavegan_src.evaluation.result import Evaluation
from wavegan_src.generation.model import lend
from wavegan_src.metrics import STANDARD
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.model_files import find_model
from wavegan_src.run.pretrained import FILE as PRETRAINED
from wavegan_src.trainer.together.command import work_together, workers_each
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import make_folder, make_own_folder, remove_partials, write_text_atomically
from wavegan_src.utils.processes.sharing import sharers
from wavegan_src.utils.progress import rich_progress

JSON_NAME, PAGE_NAME = "evaluation.json", "evaluation.html"
YAMNET = "yamnet"


@dataclass(frozen=True)
class Request:
    """The options of `evaluate`; None for those not given."""

    real: Path | None
    generated: Path | None
    training: Path | None
    checkpoint: Path | None
    data: str | None
    count: int
    measures: str | None
    embedding: str
    json: bool
    out: Path | None
    workers: int | None
    sample_rate: int
    seconds: float


def run(config: Config, request: Request) -> None:
    """Evaluate, all processes together if `torchrun` started several; see `_run`."""
    workers = workers_each(request.workers)
    work_together(config.training, lambda: _run(config, replace(request, workers=workers)), workers)


def _run(config: Config, request: Request) -> None:
    """Evaluate, write both files, and print the table or, with `--json`, one JSON object."""
    console = SteadyConsole(stderr=request.json)
    names = _names(request)
    _check(request)
    out = request.out or _default_folder(config.output, request)
    make_folder(out, what="the folder", cure="choose another with --out")  # fails now, not after minutes of work
    if request.out is None:
        make_own_folder(out.parent, out.name)
    remove_partials(out, held=False)
    found = _evaluate(console, config, request, names)
    text = json.dumps(found.to_json(), allow_nan=False, indent=2, ensure_ascii=False)
    write_text_atomically(out / JSON_NAME, text + "\n")
    _write_page(out / PAGE_NAME, found)
    print_evaluation(console, found)
    if request.json:
        say(SteadyConsole(), text)
    say(console, f"{out / PAGE_NAME} shows the scores and plays the clips; the figures are in {out / JSON_NAME}.")


def _names(request: Request) -> list[str]:
    """The requested measures, and FAD with another network if one is requested."""
    asked = None if request.measures is None else [name.strip() for name in request.measures.split(",") if name.strip()]
    names = choose_measures(asked)
    if request.embedding == YAMNET:
        return names
    if request.embedding not in NETWORKS:
        raise UserError(f"--embedding {request.embedding}: unknown; the networks are {', '.join((YAMNET, *NETWORKS))}.")
    return choose_measures([*(names if asked is not None else STANDARD), f"fad_{request.embedding}"])


def _check(request: Request) -> None:
    """Refuse options that cannot be combined."""
    if (request.real is None) != (request.generated is None):
        given, missing = ("--real", "--generated") if request.generated is None else ("--generated", "--real")
        raise UserError(f"{given} needs {missing}: give both folders, or neither to evaluate the run's best model.")
    if request.real is None and request.training is not None:
        raise UserError("--training needs --real and --generated: the training clips of a model are known.")
    if request.real is not None and (request.checkpoint is not None or request.data is not None):
        option = "--data" if request.checkpoint is None else "--checkpoint"
        raise UserError(f"{option} evaluates a model, --real and --generated evaluate folders: give one or the other.")


def _evaluate(console: Console, config: Config, request: Request, names: list[str]) -> Evaluation:
    if request.real is not None and request.generated is not None:
        return wavegan.evaluate(
            real=request.real,
            generated=request.generated,
            training=request.training,
            sample_rate=request.sample_rate,
            seconds=request.seconds,
            measures=names,
            count=request.count,
            seed=config.training.seed,
            workers=request.workers,
            cache_dir=config.dataset.cache_dir,
            progress=rich_progress,
        )
    loaded = wavegan.load(
        request.checkpoint or find_model(RunFolder(Path(config.output.output_dir)).checkpoints),
        device=config.training.device,
        deterministic=config.training.deterministic,
    )
    return wavegan.evaluate(
        generated=wavegan.Model(lend(loaded.trained, sharers())),
        data=request.data,
        measures=names,
        count=request.count,
        seed=config.training.seed,
        workers=request.workers,
        cache_dir=config.dataset.cache_dir,
        progress=rich_progress,
        notify=lambda message: say(console, message),
    )


def _default_folder(output: OutputConfig, request: Request) -> Path:
    """In the folder of the model's run, or in the working folder."""
    if request.real is not None or request.checkpoint == PRETRAINED:
        return Path("evaluation")
    if request.checkpoint is None:
        return Path(output.output_dir) / "evaluation"
    parent = request.checkpoint.parent
    return (parent.parent if parent.name == "checkpoints" else parent) / "evaluation"


def _write_page(path: Path, found: Evaluation) -> None:
    from wavegan_src.report.evaluation_page import write_page  # noqa: PLC0415 - loads the plotting library

    write_page(path, found)
