"""The options of `augmentation-study`. Imports nothing heavy, like `app.py`."""

from pathlib import Path
from typing import Annotated

import typer

from wavegan_src.cli.options import name_option, path_argument, path_option


def augmentation_study(
    data: Annotated[Path, path_argument("DATA", "A folder for each class, with its recordings.")],
    out: Annotated[Path, path_option("FOLDER", "For results, generators and finished work.")] = Path(
        "augmentation_study"
    ),
    ratios: Annotated[
        str, typer.Option(metavar="A,B,...", help="Clips that are added, as a multiple of the real ones.")
    ] = "0.5,1,2",
    seeds: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="Classifiers for each arm and ratio.")] = 5,
    recordings: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Train on at most N recordings of each class.")
    ] = None,
    test_fraction: Annotated[
        float, typer.Option(metavar="X", min=0.05, max=0.95, help="Share of the recordings that are tested on.")
    ] = 0.3,
    steps: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=10_000_000, help="Steps of each generator (config: training.steps)."),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(metavar="M", min=0.01, max=100_000, help="Instead: for all generators together, about M minutes."),
    ] = None,
    classifier_steps: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000_000, help="Steps of each classifier.")
    ] = 300,
    config: Annotated[
        str, name_option("NAME|FILE", "Preset or file with the generator and the clips' format.")
    ] = "config_fast",
    sample_rate: Annotated[
        int | None, typer.Option(metavar="HZ", min=1000, max=192_000, help="Rate of the clips (config: audio).")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", min=0.1, max=60, help="Length of the clips (config: audio).")
    ] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps.")] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, max=2**31, help="Seed of everything.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the data and say what would be done, and for how long.")
    ] = False,
) -> None:
    """Find out whether generated clips help a classifier of your sounds.

    One generator for each class is trained, on training recordings only. Then a small classifier is trained on real
    clips, on these with classical augmentation, with generated clips or with both, and on generated clips only, always
    for as many steps, and judged on other recordings. Two controls show whether the study can be trusted. After an
    interruption, run it again: it goes on where it stopped.
    """
    from wavegan_src.cli.judging import augmentation  # noqa: PLC0415

    augmentation.run(
        augmentation.Request(
            data=data,
            out=out,
            ratios=ratios,
            seeds=seeds,
            recordings=recordings,
            test_fraction=test_fraction,
            steps=steps,
            minutes=minutes,
            classifier_steps=classifier_steps,
            config=config,
            sample_rate=sample_rate,
            seconds=seconds,
            device=device,
            seed=seed,
            dry_run=dry_run,
        )
    )
