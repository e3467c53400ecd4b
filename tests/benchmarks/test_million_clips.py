"""The set that `benchmarks/million_clips.py` measures is the one it says."""

import math
from pathlib import Path

import pytest

from benchmarks import million_clips


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="/proc is Linux's own")
def test_all_clips_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(million_clips, "EACH", 30)
    million_clips.write_recordings(tmp_path / "raw", 3)
    found = million_clips.open_once(tmp_path)
    assert (found.clips, found.recordings) == (90, 3)
    assert all(math.isfinite(figure) for figure in (found.resident_mb, found.open_s, found.batch_ms))
