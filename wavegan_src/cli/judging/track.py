"""`track`: a recording to its speed over time, as a table and a picture. Imports nothing heavy before it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wavegan_src.cli import options
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors

if TYPE_CHECKING:
    from wavegan_src.evaluation.tracking.recording import TrackedRecording


def track(
    recording: Annotated[Path, options.path_argument("RECORDING", "A sound file of one engine, in any common format.")],
    cylinders: Annotated[
        int | None, typer.Option(metavar="N", help="How many the engine has; default is engine.json beside it.")
    ] = None,
    strokes: Annotated[int | None, typer.Option(metavar="2|4", help="Of a working cycle; default is 4.")] = None,
    out: Annotated[Path, options.path_option("FOLDER", "For the table and the picture.")] = Path(),
) -> None:
    """Track the speed of an engine through a recording; write NAME_track.csv and NAME_track.png.

    The table has time_s, rpm and confidence, every 50 ms; the rpm is empty where the sound does not tell. Without the
    number of cylinders the same sound may mean several speeds: the likely ones are printed. Labels win over the sound:
    NAME.csv beside the recording (time_s, rpm), and engine.json in its folder (cylinders, strokes, firing_intervals).
    """
    from wavegan_src.dsp.order_tracking.engine import EngineLayout  # noqa: PLC0415
    from wavegan_src.evaluation.tracking.picture import draw_track  # noqa: PLC0415  (loads the plotting library)
    from wavegan_src.evaluation.tracking.recording import track_recording  # noqa: PLC0415
    from wavegan_src.evaluation.tracking.table import to_table  # noqa: PLC0415
    from wavegan_src.utils.files import make_folder, write_text_atomically  # noqa: PLC0415
    from wavegan_src.utils.progress import rich_progress  # noqa: PLC0415

    if cylinders is None and strokes is not None:
        raise UserError("--strokes belongs to --cylinders. Give both, or none.")
    layout = None if cylinders is None else EngineLayout(cylinders, 4 if strokes is None else strokes)
    found = track_recording(recording, layout, rich_progress)
    make_folder(out, what="the folder", cure="choose another with --out")
    table, picture = (out / f"{recording.stem}_track.{suffix}" for suffix in ("csv", "png"))
    with os_errors_as_user_errors(out, cure="choose another folder with --out"):
        write_text_atomically(table, to_table(found))
        draw_track(found, recording.name, picture)
    console = SteadyConsole()
    for line in describe(found):
        say(console, line)
    say(console, f"Wrote {table} and {picture}.")


def describe(found: "TrackedRecording") -> list[str]:
    """What was found, in sentences."""
    import numpy as np  # noqa: PLC0415

    from wavegan_src.dsp.order_tracking.tracker import CONFIDENT  # noqa: PLC0415

    sure = found.confidence >= CONFIDENT
    share = f"{100 * sure.mean():.0f} % of the recording"
    if not sure.any():
        lines = ["No speed was found with confidence; the table has none."]
    else:
        low, middle, high = np.quantile(found.rpm[sure], (0.05, 0.5, 0.95))
        lines = [f"{low:.0f} to {high:.0f} rpm, {middle:.0f} in the middle; confident in {share}."]
    if found.labelled:
        return [*lines, "The speeds are those of the labels beside the recording, where these reach."]
    if found.layout is not None and sure.any() and not found.track.alternatives:
        return lines
    guesses = [found.track.readings[0], *found.track.alternatives]
    if len(guesses) > 1 or found.layout is None:
        spacing = float(np.median(found.track.spacing))
        words = "; ".join(
            f"{each.rpm_per_hertz * spacing:.0f} rpm ({each.probability:.0%}), as for {each.layout.cylinders} cylinders"
            f"{' and two strokes' if each.layout.strokes == 2 else ''}"
            for each in guesses
        )
        lines.append(f"The sound repeats {spacing:.1f} times a second, which may mean: {words}.")
    if found.layout is None:
        lines.append("Give --cylinders (and --strokes 2 for a two-stroke engine) to be certain.")
    return lines
