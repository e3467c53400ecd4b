from pathlib import Path

import pytest

from wavegan_src.generation.table import COLUMNS, GeneratedTable, read_table
from wavegan_src.run.folder import GENERATED_TABLE
from wavegan_src.utils.csv_log import Row
from wavegan_src.utils.errors import UserError


def row(name: str, sha256: str = "a", **cells: str | float) -> Row:
    return dict.fromkeys(COLUMNS) | {"file": name, "checkpoint_sha256": sha256} | cells


def write(folder: Path, *names: str, sha256: str = "a") -> None:
    with GeneratedTable(folder, names, sha256) as table:
        for name in names:
            table.replace(name)
            (folder / name).write_text(sha256)
            table.append(row(name, sha256))


def told(folder: Path) -> dict[str, str]:
    return {cells["file"]: cells["checkpoint_sha256"] for cells in read_table(folder / GENERATED_TABLE)}


def test_cells_survive_the_round_trip(tmp_path: Path) -> None:
    with GeneratedTable(tmp_path, ["a.wav"], "a") as table:
        (tmp_path / "a.wav").touch()
        table.append(row("a.wav", nearest_training_clip='a "b", c\n@ 2 s', distance=1 / 3, seed=7))
        (found,) = read_table(tmp_path / GENERATED_TABLE)  # at once, while the table is open
    assert found["nearest_training_clip"] == 'a "b", c\n@ 2 s'
    assert (found["distance"], found["seed"], found["position"]) == ("0.333333333", "7", "")
    assert tuple(found) == COLUMNS


def test_a_table_from_before_there_were_lengths_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "a.wav", "b.wav")
    path = tmp_path / GENERATED_TABLE
    column = COLUMNS.index("seconds")
    lines = [line.split(",") for line in path.read_text().splitlines()]
    path.write_text("".join(",".join(cells[:column] + cells[column + 1 :]) + "\n" for cells in lines))
    with GeneratedTable(tmp_path, ["b.wav"], "new") as table:
        table.replace("b.wav")
        table.append(row("b.wav", "new", seconds=10))
    assert [(cells["file"], cells["seconds"]) for cells in read_table(path)] == [("a.wav", ""), ("b.wav", "10")]


def test_a_row_describes_the_file_that_is_there_at_every_moment(tmp_path: Path) -> None:
    write(tmp_path, "a.wav", "b.wav", "c.wav")
    (tmp_path / "c.wav").unlink()
    with GeneratedTable(tmp_path, ["a.wav", "d.wav"], "new") as table:
        assert told(tmp_path) == {"b.wav": "a"}  # one is to be replaced, one is gone
        assert table.replace("a.wav")  # of another model
        assert not table.replace("d.wav")
        table.append(row("a.wav", "new"))
        assert told(tmp_path) == {"b.wav": "a", "a.wav": "new"}


def test_a_file_that_was_not_replaced_gets_its_row_back(tmp_path: Path) -> None:
    write(tmp_path, "a.wav", "b.wav", "c.wav")

    def interrupted() -> None:
        with GeneratedTable(tmp_path, ["a.wav", "b.wav", "c.wav"], "new") as table:
            table.replace("a.wav")
            table.append(row("a.wav", "new"))
            table.replace("b.wav")  # being written
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert told(tmp_path) == {"a.wav": "new", "c.wav": "a"}


def test_a_table_cut_anywhere_loses_cut_lines_only(tmp_path: Path) -> None:
    write(tmp_path, "a.wav", "b.wav")
    content = (tmp_path / GENERATED_TABLE).read_bytes()
    header = content.index(b"\n") + 1
    for length in range(header, len(content)):
        (tmp_path / GENERATED_TABLE).write_bytes(content[:length])
        rows = content[header:length].count(b"\n")
        assert list(told(tmp_path)) == ["a.wav", "b.wav"][:rows]
    write(tmp_path, "c.wav")  # behind a cut line
    assert list(told(tmp_path)) == ["a.wav", "c.wav"]


def test_somebody_elses_table_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / GENERATED_TABLE).write_text("file;seed\n")
    with pytest.raises(UserError, match="rename or delete it"):
        GeneratedTable(tmp_path, [], "a")
    assert (tmp_path / GENERATED_TABLE).read_text() == "file;seed\n"


def test_two_processes_do_not_write_one_table(tmp_path: Path) -> None:
    with GeneratedTable(tmp_path, [], "a"), pytest.raises(UserError, match="Another process is generating"):
        GeneratedTable(tmp_path, [], "a")
    write(tmp_path, "a.wav")
