import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch

from tests.support.states import run_state
from wavegan_src.checkpoints import CheckpointStore, read_checkpoint, read_checkpoint_and_hash
from wavegan_src.run.model_files import BEST_NAME, FINAL_NAME
from wavegan_src.run.state import Best
from wavegan_src.utils.errors import UserError


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path)


def names(store: CheckpointStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def test_keeps_the_newest_two_by_number_not_by_name(store: CheckpointStore) -> None:
    for epoch in (8, 9, 10, 100):
        store.save(run_state(epoch), epoch)
    assert names(store) == ["checkpoint_epoch_10.tar", "checkpoint_epoch_100.tar"]
    assert [path.name for path in store.rolling()] == ["checkpoint_epoch_100.tar", "checkpoint_epoch_10.tar"]


def test_best_and_final_outlive_the_rolling_ones(store: CheckpointStore) -> None:
    store.publish(store.save(run_state(1), 1), BEST_NAME)
    for epoch in (2, 3):
        store.save(run_state(epoch), epoch)
    store.publish(store.rolling()[0], FINAL_NAME)
    assert read_checkpoint(store.folder / BEST_NAME).epoch == 1
    assert read_checkpoint(store.folder / FINAL_NAME).epoch == 3


def test_round_trip_needs_no_code(store: CheckpointStore) -> None:
    path = store.save(run_state(4), 4)
    loaded = torch.load(path, weights_only=True)
    assert loaded["epoch"] == 4
    assert torch.equal(loaded["generator_ema"]["w"], torch.full((5000,), 4.0))


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "text"])
def test_a_damaged_newest_falls_back_with_a_warning(store: CheckpointStore, damage: str) -> None:
    store.save(run_state(1), 1)
    newest = store.save(run_state(2), 2)
    content = bytearray(newest.read_bytes())
    if damage == "truncate":
        content = content[: len(content) // 2]
    elif damage == "flip":
        content[len(content) // 2] ^= 0xFF  # within the tensor: torch.load itself would not notice
    else:
        content = bytearray(b"" if damage == "empty" else b"not a checkpoint")
    newest.write_bytes(content)
    warnings: list[str] = []
    found = store.load_newest(warnings.append)
    assert found is not None
    assert found[1].epoch == 1
    assert len(warnings) == 1
    assert "checkpoint_epoch_2.tar is damaged" in warnings[0]


def test_all_damaged_is_an_error_with_the_way_out(store: CheckpointStore) -> None:
    store.save(run_state(1), 1).write_bytes(b"x")
    with pytest.raises(UserError, match="--fresh"):
        store.load_newest(lambda _: None)


def test_final_serves_when_the_rolling_ones_are_gone(store: CheckpointStore) -> None:
    path = store.save(run_state(6), 6)
    store.publish(path, FINAL_NAME)
    path.unlink()
    found = store.load_newest(lambda _: None)
    assert found is not None
    assert found[0].name == FINAL_NAME


def test_nothing_there_is_no_error(store: CheckpointStore) -> None:
    assert store.load_newest(lambda _: None) is None


def test_model_to_generate_from_is_best_then_final_then_newest(store: CheckpointStore) -> None:
    with pytest.raises(UserError, match="no trained model"):
        store.find_model()
    store.save(run_state(1), 1)
    newest = store.save(run_state(2), 2)
    assert store.find_model() == newest
    final = store.publish(newest, FINAL_NAME)
    assert store.find_model() == final
    best = store.publish(newest, BEST_NAME)
    assert store.find_model() == best


def test_names_are_published_by_what_the_state_says(store: CheckpointStore) -> None:
    def due(epoch: int, best: int | None, complete: bool = True, last: bool = False) -> list[str]:
        for name in (BEST_NAME, FINAL_NAME):
            (store.folder / name).unlink(missing_ok=True)
        record = None if best is None else Best(epoch=best, measure="kad", value=1.0)
        whole = run_state(epoch, best=record, epoch_complete=complete)
        store.publish_due(store.save(whole, epoch), whole, last=last)
        return [name for name in names(store) if name in (BEST_NAME, FINAL_NAME)]

    assert due(3, best=3) == [BEST_NAME]
    assert due(3, best=2) == []
    assert due(3, best=None) == [BEST_NAME]  # nothing can be measured: the newest stands for the best
    assert due(3, best=3, complete=False) == []  # in the middle of epoch 4
    assert due(3, best=2, last=True) == [FINAL_NAME]


def test_damaged_newest_two_do_not_push_out_what_is_saved_next(store: CheckpointStore) -> None:
    store.publish(store.save(run_state(5), 5), BEST_NAME)
    for epoch in (9, 10):
        store.save(run_state(epoch), epoch).write_bytes(b"x")
    found = store.load_newest(lambda _: None)
    assert found is not None
    assert found[1].epoch == 5
    assert store.save(run_state(6), 6).exists()
    assert store.save(run_state(7), 7).exists()
    newest = store.load_newest(lambda _: None)
    assert newest is not None
    assert newest[1].epoch == 7


def test_who_only_looks_moves_no_damaged_file(store: CheckpointStore) -> None:
    store.save(run_state(1), 1)
    store.save(run_state(2), 2).write_bytes(b"x")
    before = sorted(store.folder.iterdir())
    warnings: list[str] = []
    found = store.load_newest(warnings.append, set_aside=False)
    assert found is not None
    assert found[1].epoch == 1
    assert ["is kept as" in warning for warning in warnings] == [False]
    assert sorted(store.folder.iterdir()) == before


def test_running_out_of_memory_is_not_taken_for_damage(store: CheckpointStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(run_state(1), 1)

    def exhaust(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(torch, "load", exhaust)
    with pytest.raises(MemoryError):
        store.load_newest(lambda _: None)


def test_a_file_cut_anywhere_is_told_in_one_sentence(store: CheckpointStore, tmp_path: Path) -> None:
    content = store.save(run_state(1), 1).read_bytes()
    cut = tmp_path / "cut.tar"
    for length in {*range(0, len(content), len(content) // 60), *range(len(content) - 40, len(content))}:
        cut.write_bytes(content[:length])
        with pytest.raises(UserError, match=r"cut\.tar is damaged or not a checkpoint \([^\n]{,80}\)\.$"):
            read_checkpoint(cut)


@pytest.mark.parametrize("kind", ["tar", "zip", "module", "audio"])
def test_a_foreign_file_is_told_in_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "foreign.tar"
    if kind == "tar":
        with tarfile.open(path, "w") as archive:
            archive.add(__file__, "a")
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as other:
            other.write(__file__, "a")
    elif kind == "module":
        torch.save(torch.nn.Linear(2, 2), path)
    else:
        path.write_bytes(b"RIFF" + bytes(1000))
    with pytest.raises(UserError, match=r"foreign\.tar is damaged or not a checkpoint \([^\n]{,80}\)\.$"):
        read_checkpoint(path)


def test_the_hash_is_of_the_files_bytes(store: CheckpointStore) -> None:
    path = store.save(run_state(1), 1)
    found, sha256 = read_checkpoint_and_hash(path)
    assert found.epoch == 1
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_foreign_archive_is_refused(tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.tar")
    with pytest.raises(UserError, match="not a WaveGAN checkpoint"):
        read_checkpoint(tmp_path / "other.tar")
    with pytest.raises(UserError, match="There is no checkpoint"):
        read_checkpoint(tmp_path / "missing.tar")


@pytest.mark.parametrize("bomb", ["compressed", "overlapping", "repeated", "bytes", "long", "newer names"])
def test_a_file_that_would_take_more_memory_than_its_size_is_refused(
    store: CheckpointStore, tmp_path: Path, bomb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it takes it: nothing is unpacked or unpickled."""
    whole = store.save(run_state(1), 1)
    path = tmp_path / "bomb.tar"
    with zipfile.ZipFile(whole) as source:
        members = {member.filename: source.read(member) for member in source.infolist()}
    listed = next(name for name in members if name.endswith("data.pkl"))
    if bomb == "repeated":
        torch.save({"generator_ema": {"w": torch.zeros(1).expand(10**12)}}, path)
    else:
        big = b"\x80\x02cbuiltins\nbytearray\nJ\x00\x00\x00\x7f\x85R."  # 2 GB
        members[listed] = {"bytes": big, "newer names": b"\x80\x04\x8c\x08builtins\x8c\x09bytearray\x93."}.get(
            bomb, members[listed] + bytes((2 << 20) * (bomb == "long"))
        )
        method = zipfile.ZIP_DEFLATED if bomb == "compressed" else zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            if bomb == "overlapping":
                infos = archive.filelist
                infos += [infos[0]] * 10_000
        monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(UserError, match=r"bomb\.tar is damaged or not a checkpoint \(.+\)"):
        read_checkpoint(path)
