"""A stand-in for ffmpeg: decodes WAV files of any name, in several audio streams, and speaks like ffmpeg."""

import os
import sys
from pathlib import Path

import pytest

needs_script = pytest.mark.skipif(os.name == "nt", reason="the stand-in for ffmpeg is a script with a shebang line")

# A file that begins with "TRACKS" holds several WAV files, each after its length in 4 bytes.
PROGRAM = """#!{python} -S
import struct, sys, wave, io
path = sys.argv[sys.argv.index("-i") + 1].removeprefix("file:")
data = open(path, "rb").read()
tracks = [data]
if data[:6] == b"TRACKS":
    tracks, at = [], 6
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        tracks.append(data[at + 4 : at + 4 + size])
        at += 4 + size
elif data[:5] == b"VIDEO":
    sys.exit("  Stream #0:0: Video: mpeg4, yuv420p, 64x64")
sounds = []
for track in tracks:
    try:
        sounds.append(wave.open(io.BytesIO(track[track.index(b"RIFF"):])))
    except (wave.Error, EOFError, ValueError):
        sys.exit(f"[x @ 0x1] {{path}}: Invalid data found")
if sys.argv[-1] != "-":
    first = sounds[0]
    print(f"  Duration: 00:00:{{first.getnframes() / first.getframerate():.2f}}, start: 0", file=sys.stderr)
    for number, sound in enumerate(sounds):
        kind = {{1: "mono", 2: "stereo"}}[sound.getnchannels()]
        line = f"  Stream #0:{{number}}(und): Audio: aac (LC), {{sound.getframerate()}} Hz, {{kind}}, fltp, 128 kb/s"
        print(line, file=sys.stderr)
    sys.exit("At least one output file must be specified")
sound = sounds[int(sys.argv[sys.argv.index("-map") + 1].rpartition(":")[2])]
out = sys.stdout.buffer
out.write(struct.pack(">4s5I", b".snd", 32, 0xFFFFFFFF, 6, sound.getframerate(), sound.getnchannels()) + bytes(8))
values = memoryview(sound.readframes(sound.getnframes())).cast("h")
out.write(struct.pack(f">{{len(values)}}f", *(value / 32768 for value in values)))
if "broken" in path:
    sys.exit("[aac @ 0x1] Error decoding")
"""


def install_ffmpeg(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in first on PATH."""
    program = folder / "bin" / "ffmpeg"
    program.parent.mkdir(exist_ok=True)
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def tracks(*files: Path) -> bytes:
    """A file whose audio streams are these WAV files, for the stand-in."""
    parts = [len(data := file.read_bytes()).to_bytes(4, "big") + data for file in files]
    return b"TRACKS" + b"".join(parts)
