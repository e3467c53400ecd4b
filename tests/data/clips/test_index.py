"""The index of the clip cache: what is written is found, without a list of it."""

from pathlib import Path

import numpy as np
import pytest

from wavegan_src.data.clips.index import CLIP, ClipIndex, IndexWriter, Summary, Texts, read_index
from wavegan_src.data.decoding.facts import SourceFacts
from wavegan_src.data.encoding import EncodedClips, spill_file

FACTS = SourceFacts(48000, 2, "1+2", "all", -3.0, 0.0, 0.0, None)
NAMES = ["a.wav", "réc\udce9.wav", "silent.wav", "b.wav"]
COUNTS = [2, 1, 0, 3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with IndexWriter(tmp_path, 10) as writer:
        for name, count in zip(NAMES, COUNTS, strict=True):
            clips = EncodedClips(name, spill_file(tmp_path))
            for number in range(count):
                clips.add(np.zeros(10, np.int16), number / 2, 2.0)
            clips.facts = FACTS if name == "a.wav" else None
            clips.overloaded = count
            clips.close()
            writer.add(clips)
        writer.close(["hash"])
    return tmp_path


def test_what_is_written_is_found(folder: Path) -> None:
    index = read_index(folder, 10)
    assert len(index) == 6
    assert list(index.sources) == NAMES
    assert index.clip_source.tolist() == [0, 0, 1, 3, 3, 3]
    assert index.offsets.tolist() == [0, 0.5, 0, 0, 0.5, 1]
    assert set(index.gains) == {2.0}
    assert [SourceFacts.of(index.facts(source)) for source in range(4)] == [FACTS, None, None, None]
    assert (index.summary.overloaded, index.summary.shards) == (6, ["hash"])
    assert index.used_sources().tolist() == [0, 1, 3]
    assert index.used_sources(np.array([5, 4, 0])).tolist() == [0, 3]
    assert index.runs() == [slice(0, 2), slice(2, 3), slice(3, 6)]
    assert index.names(with_offsets=True)[1::2] == ["a.wav @ 0.5 s", "b.wav @ 0.0 s", "b.wav @ 1.0 s"]
    assert index.names(with_offsets=False)[0] == "a.wav"


def test_an_index_without_clips(tmp_path: Path) -> None:
    with IndexWriter(tmp_path, 10) as writer:
        writer.close([])
    index = read_index(tmp_path, 10)
    assert (len(index), list(index.sources), index.runs()) == (0, [], [])


def test_clips_of_another_length_or_of_no_source_are_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="other clips"):
        read_index(folder, 11)
    rows = np.fromfile(folder / "clips.bin", CLIP)
    rows["source"][2] = 4
    (folder / "clips.bin").write_bytes(rows.tobytes())
    with pytest.raises(ValueError, match="changed files"):
        read_index(folder, 10)


def test_texts_are_a_sequence() -> None:
    texts = Texts(3, str)
    assert (list(texts), texts[-1], texts[1:], len(texts)) == (["0", "1", "2"], "2", ["1", "2"], 3)
    with pytest.raises(IndexError):
        texts[3]


def test_made_up_clips_need_no_files() -> None:
    index = ClipIndex(Summary(), np.zeros(2, CLIP), ["x"])
    assert (index.facts(0), index.runs()) == (None, [slice(0, 2)])
