import subprocess
import sys
from pathlib import Path

import pytest

from wavegan_src.errors import UserError
from wavegan_src.run_folder import RunFolder


def test_names_are_the_described_ones(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    paths = [
        folder.epoch_csv,
        folder.checkpoint_csv,
        folder.config_snapshot,
        folder.checkpoints,
        folder.iterations_csv(12),
        folder.plots,
        folder.samples,
        folder.generated,
        folder.report,
    ]
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "epochs_statistics/epoch_statistics.csv",
        "epochs_statistics/checkpoint_metrics.csv",
        "epochs_statistics/experiment_config.json",
        "checkpoints",
        "single_epochs_statistics/epoch_12/epoch_12_iterations.csv",
        "plots",
        "samples",
        "generated",
        "report.html",
    ]


def test_an_old_run_is_renamed_never_overwritten(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert folder.set_aside() is None
    for number in (1, 2):
        folder.create()
        (folder.root / "mark").write_text(str(number))
        kept = folder.set_aside()
        assert kept == tmp_path / f"run.old-{number}"
        assert (kept / "mark").read_text() == str(number)
        assert not folder.root.exists()


def test_a_second_process_is_kept_out_until_the_first_ends(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    code = (
        "import sys; from pathlib import Path; from wavegan_src.run_folder import RunFolder\n"
        f"lock = RunFolder(Path({str(tmp_path)!r})).lock(); print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(UserError, match="Another process"):
            folder.lock()
        process.kill()  # even then the system lets go of it
        process.wait()
    folder.lock().release()


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--output-dir"):
        RunFolder(tmp_path / "file" / "run").create()
