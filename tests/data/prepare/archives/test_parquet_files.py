"""Unpacking one Parquet file: columns as Hugging Face writes them, and bad ones. Skipped without pyarrow."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.archives import encoded
from tests.support.audio import noise
from tests.support.preparing import clip_paths, run_prepare
from wavegan_src.data.prepare.archives.parquet_files import Unpacked, unpack_parquet
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import make_own_folder

pa = pytest.importorskip("pyarrow", reason="Parquet files are read with the extra `import`")
SOUND, FLAC = encoded(noise(1)), encoded(noise(1, 1), "FLAC")


def write(path: Path, columns: dict[str, Any], metadata: dict[str, str] | None = None, **options: Any) -> Path:
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns).replace_schema_metadata(metadata), path, **options)
    return path


def unpack(path: Path) -> tuple[Unpacked, dict[str, bytes]]:
    folder = make_own_folder(path.parent / "out")
    found = unpack_parquet(path, path.name, folder, lambda amount: None)
    return found, {file.name: file.read_bytes() for file in folder.iterdir()}


def test_structs_of_bytes_and_path(tmp_path: Path) -> None:
    cells = [
        {"bytes": SOUND, "path": "idle.wav"},
        None,
        {"bytes": FLAC, "path": None},
        {"bytes": None, "path": "elsewhere.wav"},
        {"bytes": SOUND, "path": "../../up.wav"},
        {"bytes": b"unknown", "path": "x.txt"},
    ]
    path = write(tmp_path / "a.parquet", {"text": list("abcdef"), "audio": cells}, row_group_size=2)
    found, files = unpack(path)
    assert found == Unpacked(4, 2)
    assert files == {
        "00000000_idle.wav": SOUND, "00000002.flac": FLAC, "00000004_up.wav": SOUND, "00000005_x.wav": b"unknown",
    }  # fmt: skip


def test_plain_bytes(tmp_path: Path) -> None:
    for kind in (pa.binary(), pa.large_binary()):
        path = write(tmp_path / str(kind) / "a.parquet", {"sound": pa.array([SOUND, None, FLAC], kind)})
        assert unpack(path) == (Unpacked(2, 1), {"00000000.wav": SOUND, "00000002.flac": FLAC})


def test_the_column_that_is_called_audio_is_taken(tmp_path: Path) -> None:
    cells = [{"bytes": SOUND, "path": "a.wav"}]
    columns = {"image": [{"bytes": b"png", "path": "a.png"}], "audio": cells}
    features = {"image": {"_type": "Image"}, "audio": {"_type": "Audio"}}
    described = {"huggingface": json.dumps({"info": {"features": features}})}
    assert unpack(write(tmp_path / "a.parquet", columns, described))[1] == {"00000000_a.wav": SOUND}
    with pytest.raises(UserError, match=r"several columns that may be sound, image, audio: write it again"):
        unpack(write(tmp_path / "b.parquet", columns, {"huggingface": "{"}))


def test_bad_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no column of sound .* its columns are text, where\. Take"):
        unpack(write(tmp_path / "a.parquet", {"text": ["a"], "where": [{"path": "a.wav"}]}))
    whole = write(tmp_path / "a.parquet", {"audio": [SOUND] * 3}, use_dictionary=False).read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"nothing", whole[:4] + bytes(2000) + whole[2004:]):
        (tmp_path / "a.parquet").write_bytes(content)
        with pytest.raises(UserError, match=r"a\.parquet cannot be read as Parquet"):
            unpack(tmp_path / "a.parquet")


def test_it_is_prepared_like_files(tmp_path: Path) -> None:
    cells = [{"bytes": SOUND, "path": "x.wav"}, {"bytes": FLAC, "path": None}, None]
    write(tmp_path / "raw" / "a.parquet", {"audio": cells})
    notices: list[str] = []
    run_prepare(tmp_path / "raw", tmp_path / "out", notify=notices.append)
    assert "a.parquet: 1 row without sound left out." in notices
    assert len(clip_paths(tmp_path / "out")) == 4


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "raw" / "a.parquet", {"audio": [SOUND]})
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UserError, match=r'a\.parquet needs the package pyarrow.*pip install "\.\[import\]"'):
        run_prepare(tmp_path / "raw", tmp_path / "out")
    assert not (tmp_path / "out").exists()
