"""Which folders the program wrote, by marker and by the traces of older versions."""

from pathlib import Path

import pytest

from tests.support.audio import unprivileged
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.marker import MARKER, Kind, mark_folder
from wavegan_src.run.own_folders import OwnFolders, is_run, kind_of


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("kind", list(Kind))
def test_a_marker_says_the_kind(tmp_path: Path, kind: Kind) -> None:
    assert kind_of(tmp_path) is None
    mark_folder(tmp_path, kind)
    assert kind_of(tmp_path) is kind


def test_a_folder_with_other_files_is_not_marked(tmp_path: Path) -> None:
    put(tmp_path / "mine.wav")
    mark_folder(tmp_path, Kind.RUN)
    assert kind_of(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "other"}', '{"kind": 3}', "\0", '"run"'])
def test_a_damaged_marker_is_none(tmp_path: Path, text: str) -> None:
    put(tmp_path / MARKER, text)
    assert kind_of(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("epochs_statistics/experiment_config.json", "{}", Kind.RUN),
        ("generated.csv", "file,seed,to_seed,position,latents\n", Kind.GENERATED),
        ("manifest.csv", "clip,recording,split,source,offset_s,peak\n", Kind.PREPARED),
        (".prepare/settings.json", "{}", Kind.PREPARED),
        ("README.txt", "Procedural stand-in data\n=====\n", Kind.STAND_IN),
        ("README.txt", "My recordings\n", None),
        ("manifest.csv", "name,car\n", None),
        ("generated.csv", "", None),
    ],
)
def test_folders_of_older_versions_are_known_by_their_files(
    tmp_path: Path, name: str, text: str, kind: Kind | None
) -> None:
    put(tmp_path / "folder" / name, text)
    assert kind_of(tmp_path / "folder") is kind


def test_folders_of_a_run_are_known_within_it(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.create()
    assert is_run(tmp_path)
    (run.samples / MARKER).unlink()
    run.generated.mkdir()
    assert kind_of(run.samples) is Kind.SAMPLES
    assert kind_of(run.generated) is Kind.GENERATED
    assert kind_of(run.plots) is None


def test_what_was_left_out_is_said_with_its_kind(tmp_path: Path) -> None:
    for name, kind in (("clips", Kind.PREPARED), ("old/run", Kind.RUN), ("old/run/generated", Kind.GENERATED)):
        (tmp_path / name).mkdir(parents=True)
        mark_folder(tmp_path / name, kind)
    names = ["a.wav", "clips/train/x/1.wav", "clips/2.wav", "old/b.wav", "old/run/samples/3.wav"]
    own = OwnFolders(tmp_path)
    assert own.outside([*names, "old/run/generated/4.wav"]) == ["a.wav", "old/b.wav"]
    assert own.notice() == (
        "Not taken as recordings, because this program wrote them: clips (prepared clips), old/run (a run)."
    )
    generated = OwnFolders(tmp_path, keep=[Kind.GENERATED])
    assert generated.outside([*names, "old/run/generated/4.wav"]) == ["a.wav", "old/b.wav", "old/run/generated/4.wav"]
    by_the_old_rules = OwnFolders(tmp_path, rules=1)
    put(tmp_path / "old/run/epochs_statistics/experiment_config.json")
    assert by_the_old_rules.outside(names) == ["a.wav", "clips/train/x/1.wav", "clips/2.wav", "old/b.wav"]
    assert by_the_old_rules.notice() is None


def test_a_folder_that_was_chosen_is_read_whatever_it_is(tmp_path: Path) -> None:
    mark_folder(tmp_path, Kind.PREPARED)
    own = OwnFolders(tmp_path)
    assert own.outside(["train/x/1.wav", "1.wav"]) == ["train/x/1.wav", "1.wav"]
    assert own.notice() is None


def test_a_folder_that_may_not_be_entered_is_left_to_who_opens_its_files(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    tmp_path.chmod(0o755)
    with unprivileged():
        assert OwnFolders(tmp_path).outside(["closed/a.wav"]) == ["closed/a.wav"]
    closed.chmod(0o755)
