"""Event files are read back with TensorBoard's own reader; without the extra those tests are skipped."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.runs import run_in_process
from wavegan_src.cli.dry_run import dry_run
from wavegan_src.config_loader import validate
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.observers.tensorboard import check_installed
from wavegan_src.utils.csv_log import read_columns
from wavegan_src.utils.errors import UserError

installed = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason='needs the extra: pip install ".[tensorboard]"'
)
# TensorBoard's own modules use what their dependencies have declared old.
tolerant = pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning", "default::UserWarning")


def read_events(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"images": 0, "audio": 0, "scalars": 0})
    found.Reload()
    return found


@installed
@tolerant
def test_scalars_audio_and_spectrograms_are_those_of_the_run(tiny_values: dict[str, Any]) -> None:
    tiny_values["output"]["tensorboard"] = True
    folder = run_in_process(tiny_values, epochs=2)
    events = read_events(folder.tensorboard)
    tags = events.Tags()
    epochs, checkpoints = read_columns(folder.epoch_csv), read_columns(folder.checkpoint_csv)
    losses = events.Scalars("epoch/critic_loss")
    assert [event.step for event in losses] == epochs["iteration"]
    assert [event.value for event in losses] == pytest.approx(epochs["critic_loss"], rel=1e-6)
    distances = [event.value for event in events.Scalars("quality/logmel_frechet")]
    assert distances == pytest.approx(checkpoints["logmel_frechet"], rel=1e-6)
    assert "epoch/gpu_percent" not in tags["scalars"]  # not measured, so not there
    assert {"generated/01", "generated/02"} <= set(tags["audio"])
    heard = events.Audio("generated/01")
    assert [event.step for event in heard] == checkpoints["iteration"]
    assert heard[0].sample_rate == 8192
    picture = events.Images("generated_spectrogram/01")[-1]
    assert (picture.height, picture.width) == (257, (4096 - 512) // 128 + 1)


@installed
@tolerant
def test_a_resumed_run_goes_on_in_the_same_curves(tiny_values: dict[str, Any]) -> None:
    tiny_values["output"]["tensorboard"] = True
    run_in_process(tiny_values, epochs=1)
    folder = run_in_process(tiny_values, epochs=3)
    steps = [event.step for event in read_events(folder.tensorboard).Scalars("epoch/critic_loss")]
    assert steps == read_columns(folder.epoch_csv)["iteration"]


def test_it_is_off_unless_asked_for(tiny_values: dict[str, Any]) -> None:
    assert not run_in_process(tiny_values, epochs=1).tensorboard.exists()


def test_without_the_extra_nothing_is_begun_and_the_cure_is_told(
    tiny_values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(UserError, match=r'pip install "\.\[tensorboard\]"'):
        check_installed()
    tiny_values["output"]["tensorboard"] = True
    with pytest.raises(UserError, match="not installed"):
        run_in_process(tiny_values, epochs=1)
    with pytest.raises(UserError, match="not installed"):
        dry_run(validate(tiny_values, "test"), fresh=False)
    assert not RunFolder(Path(tiny_values["output"]["output_dir"])).root.exists()
