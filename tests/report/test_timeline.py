import itertools
from pathlib import Path

import pytest

from tests.support.run_folders import make_run
from wavegan_src.config_schema import Config
from wavegan_src.report.timeline import MOST_EPOCHS, choose_epochs, read_timeline
from wavegan_src.run.folder import RunFolder


def test_few_epochs_are_all_shown() -> None:
    assert choose_epochs([10, 0, 1], None, 5) == [0, 1, 10]


@pytest.mark.parametrize("best", [None, 0, 1, 730, 3820, 4990, 5000, 77])
def test_many_epochs_are_thinned_with_first_last_and_best_among_them(best: int | None) -> None:
    epochs = [0, 1, *range(10, 5001, 10)]
    chosen = choose_epochs(epochs, best, 10)
    assert len(chosen) == 10
    assert set(chosen) <= set(epochs)
    assert {0, 5000} <= set(chosen)
    assert best is None or best == 77 or best in chosen  # 77 has no samples
    steps = [later - earlier for earlier, later in itertools.pairwise(chosen)]
    assert max(steps) < 0.4 * 5000  # no great gap: the last two of nine growing steps are a third of the whole
    assert steps[0] < steps[-2]  # dense early on


def test_where_there_is_room_for_one_it_is_the_last() -> None:
    assert choose_epochs([0, 1, 2, 3], 2, 1) == [3]
    assert choose_epochs([0, 1, 2, 3], 2, 2) == [2, 3]


def test_rows_are_latent_vectors_over_epochs_with_recordings_beside(tmp_path: Path, tiny_config: Config) -> None:
    folder = make_run(tmp_path, tiny_config, 30)
    (folder.samples / "epoch_00010_02.wav").unlink()
    (folder.samples / "epoch_00020_01.wav").write_bytes(b"torn")
    (folder.samples / "epoch_of_mine.wav").write_bytes(b"foreign")
    found = read_timeline(folder, best=10)
    assert found.epochs == [0, 1, 10, 20, 30]
    (first, sounds), (second, others) = found.rows
    assert (first, second) == (1, 2)
    assert [sound.name if sound else None for sound in sounds] == [
        "epoch_00000_01.wav",
        "epoch_00001_01.wav",
        "epoch_00010_01.wav",
        None,
        "epoch_00030_01.wav",
    ]
    assert others[2] is None
    assert [sound.name for sound in found.real] == ["real_01.wav", "real_02.wav"]


def test_a_budget_is_kept(tmp_path: Path, tiny_config: Config) -> None:
    folder = make_run(tmp_path, tiny_config, 60, every=4, latents=4)
    whole = read_timeline(folder, best=8)
    assert len(whole.epochs) == MOST_EPOCHS
    assert whole.left_out == 17 - MOST_EPOCHS
    budget = 300_000
    small = read_timeline(folder, 8, budget)
    size = sum(sound.size for sound in small.real) + sum(s.size for _, sounds in small.rows for s in sounds if s)
    assert size < 1.2 * budget
    assert small.epochs[-1] == 60


def test_no_samples_are_no_timeline(tmp_path: Path) -> None:
    found = read_timeline(RunFolder(tmp_path), None)
    assert (found.epochs, found.rows, found.real, found.newest) == ([], [], [], [])
