"""Implements `augmentation-study`: trains generators through the public API, prints and writes what came of them."""

import hashlib
import json
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

import wavegan
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.config_loader import load_config
from wavegan_src.config_schema import Config
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.augmentation_study.arms import parse_ratios, plan
from wavegan_src.evaluation.augmentation_study.classes import StudyData, read_classes
from wavegan_src.evaluation.augmentation_study.classifier import train_classifier
from wavegan_src.evaluation.augmentation_study.features import log_mel
from wavegan_src.evaluation.augmentation_study.folder import VERSION, Settings, StudyFolder
from wavegan_src.evaluation.augmentation_study.results import (
    CSV_NAME,
    PICTURE_NAME,
    Report,
    conclusions,
    describe,
    write_results,
)
from wavegan_src.evaluation.augmentation_study.scoring import Comparison
from wavegan_src.evaluation.augmentation_study.study import Design, missing, run_study
from wavegan_src.run.budget import steps_until
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.model_files import FINAL_NAME
from wavegan_src.trainer.observers.observer import RunStart, StepReport, TrainingObserver
from wavegan_src.trainer.planning.pace import measure_pace
from wavegan_src.utils.device import choose_device, configure
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_rough_duration
from wavegan_src.utils.progress import Advance, rich_progress

CHECKPOINTS = 5  # of each generator: what a killed study loses at most is a fifth of one
TIMED_STEPS = 5


@dataclass(frozen=True)
class Request:
    """The options of `augmentation-study`; None for those not given."""

    data: Path
    out: Path
    ratios: str
    seeds: int
    recordings: int | None
    test_fraction: float
    steps: int | None
    minutes: float | None
    classifier_steps: int
    config: str
    sample_rate: int | None
    seconds: float | None
    device: str | None
    seed: int
    dry_run: bool


def run(request: Request) -> None:
    """Do what is left of the study, and print what it says; or only say what it would take."""
    console = SteadyConsole()
    ratios = parse_ratios(request.ratios)
    if request.steps is not None and request.minutes is not None:
        raise UserError("--steps and --minutes both set the length of the generators' training: give one.")
    config = _configuration(request)
    device = choose_device(config.training.device)
    configure(device, config.training.deterministic)
    design = Design(ratios, request.seeds, request.classifier_steps, request.seed, device)
    folder = StudyFolder(request.out)
    if not request.dry_run:
        folder.create()
    with nullcontext() if request.dry_run else folder.lock():
        data = read_classes(
            request.data,
            config,
            test_fraction=request.test_fraction,
            most_recordings=request.recordings,
            seed=request.seed,
            out=request.out,
            progress=rich_progress,
        )
        for line in (*describe(data), *(f"Note: {notice}" for notice in data.notices)):
            say(console, line)
        settings = _settings(config, request, data, folder.earlier())
        config = _with_steps(config, settings.generator_steps)
        if request.dry_run:
            say(console, _estimate(config, data, design, folder))
            say(console, "Dry run: nothing was trained or written.")
            return
        folder.keep(settings)
        say(console, _work(data, design, folder))
        generators = _Generators(config)
        results = run_study(data, design, folder, generators, rich_progress, lambda line: say(console, line))
        report = Report(data, results, settings.generator_steps, design.steps, design.seeds)
        _show(console, folder.root, report)


def _configuration(request: Request) -> Config:
    """The configuration of every generator but for its folders: nothing is held out, and the last model counts."""
    audio = load_config(request.config).audio
    rate, seconds = request.sample_rate or audio.sample_rate, request.seconds or audio.audio_length_seconds
    return load_config(
        request.config,
        {
            "training.device": request.device,
            "training.seed": request.seed,
            "training.steps": request.steps,
            "training.early_stopping": False,
            "audio.sample_rate": rate,
            "audio.audio_length_seconds": seconds,
            "audio.audio_length_samples": round(rate * seconds),
            "dataset.source": "folder",
            "dataset.overlap": 0.0,
            "dataset.validation_fraction": 0.0,
            "output.checkpoint_measures": "none",
            "output.sample_count": 4,
        },
    )


def _with_steps(config: Config, steps: int) -> Config:
    training = config.training.model_copy(update={"steps": steps})
    output = config.output.model_copy(update={"checkpoint_interval_steps": max(1, steps // CHECKPOINTS)})
    return config.model_copy(update={"training": training, "output": output})


def _settings(config: Config, request: Request, data: StudyData, earlier: Settings | None) -> Settings:
    """What identifies this study; a time is converted to steps once, so that an interrupted study keeps them."""
    values = config.model_dump(include={"model", "training", "audio"})
    for key in ("device", "num_workers", "steps"):
        del values["training"][key]
    generator = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    if request.minutes is None:
        steps = config.training.steps or _steps_of_epochs(config, data)
    elif earlier is not None and earlier.minutes == request.minutes:
        steps = earlier.generator_steps
    else:
        steps = _steps_within(request.minutes, config, data)
    return Settings(
        data=data.fingerprint,
        generator=generator,
        generator_steps=steps,
        minutes=request.minutes,
        classifier_steps=request.classifier_steps,
        seed=request.seed,
        version=VERSION,
    )


def _clip_counts(data: StudyData) -> list[int]:
    """Training clips of each class."""
    return [int(count) for count in np.bincount(data.training.labels)]


def _steps_of_epochs(config: Config, data: StudyData) -> int:
    """Where a configuration counts in epochs: those of a class of middling size."""
    clips = int(np.median(_clip_counts(data)))
    return steps_until(config.training.epochs, clips, config.training.batch_size)


def _step_seconds(config: Config, data: StudyData) -> float:
    """Seconds of a critic step and its share of a generator step, timed now."""
    clips = int(np.median(_clip_counts(data)))
    pace = measure_pace(config, clips, 0, choose_device(config.training.device))
    return pace.critic_s + pace.generator_s / config.training.n_critic


def _steps_within(minutes: float, config: Config, data: StudyData) -> int:
    return max(1, int(60 * minutes / len(data.classes) / _step_seconds(config, data)))


def _work(data: StudyData, design: Design, folder: StudyFolder) -> str:
    """What is left to do, in words."""
    generators = sum(not folder.is_trained(name) for name in data.classes)
    trials = len(missing(data, design, folder))
    whole = len(plan(design.ratios, design.seeds))
    done = "" if (generators, trials) == (len(data.classes), whole) else " The rest is done."
    return f"To train: {generators} generators and {trials} classifiers.{done}"


def _estimate(config: Config, data: StudyData, design: Design, folder: StudyFolder) -> str:
    """What is left to do and how long it takes, in words."""
    waiting = sum(not folder.is_trained(name) for name in data.classes)
    trials = len(missing(data, design, folder))
    steps = config.training.steps or 0
    generating = waiting * steps * _step_seconds(config, data) if waiting else 0.0
    judging = trials * design.steps * _classifier_seconds(data, design) if trials else 0.0
    return (
        f"{_work(data, design, folder)} That takes about {format_rough_duration(generating + judging)} here: "
        f"{format_rough_duration(generating)} for generators of {steps} steps, {format_rough_duration(judging)} for "
        f"classifiers of {design.steps}, measured now."
    )


def _classifier_seconds(data: StudyData, design: Design) -> float:
    """Seconds of a step of a classifier, timed now."""
    few = data.training.clips[:32]
    spectrograms, labels = log_mel(few, data.rate), data.training.labels[:32]
    times: list[float] = []
    train_classifier(
        spectrograms, labels, len(data.classes), steps=TIMED_STEPS, seed=0, device=design.device,
        advance=lambda _: times.append(time.perf_counter()),
    )  # fmt: skip
    return float(np.median(np.diff(times)))


class _Generators:
    """Trains and renders generators through the public API."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._loaded: dict[Path, wavegan.Model] = {}

    def train(self, training: Path, run: Path, advance: Advance) -> None:
        """Train on a folder of clips, or go on where an earlier call stopped."""
        dataset = self._config.dataset.model_copy(update={"base_path": str(training), "recording_unit": "folder"})
        output = self._config.output.model_copy(update={"output_dir": str(run)})
        config = self._config.model_copy(update={"dataset": dataset, "output": output})
        wavegan.train(config, observers=[_Steps(advance)])

    def render(self, run: Path, first: int, count: int) -> Clips:
        """Clips of the run's last model."""
        if run not in self._loaded:
            model = RunFolder(run).checkpoints / FINAL_NAME
            self._loaded[run] = wavegan.load(model, device=self._config.training.device)
        return self._loaded[run].generate(seeds=range(first, first + count))


class _Steps(TrainingObserver):
    """Advances a bar by 1 in the course of a run."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._whole = 1

    def on_start(self, start: RunStart) -> None:
        """A resumed run has a part behind it."""
        self._whole = max(1, start.iterations)
        self._advance(start.iteration / self._whole)

    def on_step(self, step: StepReport) -> None:
        """One more step."""
        self._advance(1 / self._whole)


def _show(console: SteadyConsole, root: Path, report: Report) -> None:
    """Write the files and print table and conclusions."""
    from wavegan_src.evaluation.augmentation_study.plot import save_figure  # noqa: PLC0415 - loads the plotting library

    write_results(root, report)
    save_figure(root / PICTURE_NAME, report)
    console.print(result_table(report))
    for line in conclusions(report):
        say(console, line)
    say(console, f"{root / PICTURE_NAME} shows this; the figures are in {root / CSV_NAME}.")


def result_table(report: Report) -> Table:
    """A line for each arm and ratio."""
    table = Table("trained on", box=SIMPLE_HEAD, pad_edge=False, padding=0, header_style="bold")
    for head in ("ratio", "macro-F1 (95 %)", "difference (95 %)"):
        table.add_column(head, justify="right")
    table.add_column("verdict")
    for result in report.results:
        arm, found = result.condition.arm, result.comparison
        table.add_row(
            arm.title,
            f"{result.condition.ratio:g}" if arm.has_ratio else "",
            f"{result.macro_f1:.2f} ({result.interval.low:.2f}…{result.interval.high:.2f})",
            "" if found is None else _difference(found),
            result.verdict,
        )
    return table


def _difference(found: Comparison) -> str:
    return f"{found.difference:+.2f} ({found.interval.low:+.2f}…{found.interval.high:+.2f})"
