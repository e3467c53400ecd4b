from pathlib import Path

from wavegan_src.run.events import read_events, record


def test_what_is_recorded_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    record(path, "started", 0, 0)
    record(path, "warning", 3, 40, "the disk is filling up: ä")
    first, second = read_events(path)
    assert (first.kind, first.epoch, first.iteration, first.text) == ("started", 0, 0, "")
    assert (second.kind, second.epoch, second.iteration, second.text) == ("warning", 3, 40, "the disk is filling up: ä")
    assert second.at.endswith("+00:00")


def test_torn_and_foreign_lines_are_passed_over_and_the_next_event_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    record(path, "started", 0, 0)
    with path.open("ab") as file:
        file.write(b'\xff\n[1]\n{"event": "danced", "epoch": 1, "iteration": 1}\n{"event": "stopped", "epo')
    record(path, "resumed", 2, 20)
    assert [event.kind for event in read_events(path)] == ["started", "resumed"]


def test_no_file_has_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "none.jsonl") == []


def test_a_disk_without_room_for_an_event_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    record(tmp_path / "file" / "events.jsonl", "paused", 1, 1)  # no folder can be made below a file


def test_lines_with_values_of_another_kind_are_left_out(tmp_path: Path) -> None:
    lines = [
        "null",
        "[]",
        '{"event": "stopped", "epoch": 1e999, "iteration": 1}',
        '{"event": [], "epoch": 1, "iteration": 1}',
    ]
    (tmp_path / "e.jsonl").write_text("\n".join(lines))
    assert read_events(tmp_path / "e.jsonl") == []
