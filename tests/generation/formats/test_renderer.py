"""The renderer in C against the stream in Python: with the same noise they are the same sound."""

import shutil
import subprocess
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.support.paths import REPOSITORY
from tests.support.streaming import CONTROLS, noise_of, streamed
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.formats.weights import LATENTS, RENDERER, WEIGHTS, write_weights
from wavegan_src.generation.latents import seed_latent
from wavegan_src.generation.model import TrainedModel
from wavegan_src.generation.streaming.renderer import QUANTUM, EngineRenderer

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")
TWIN = REPOSITORY / "tests" / "generation" / "formats" / "twin.c"
SOURCE = Path(str(resources.files("wavegan_src.generation.formats"))) / "renderer" / RENDERER
CURVE = "time_s,rpm,load\n0,900,0\n0.2,2400,1\n0.4,1000,0.5\n"

pytestmark = pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")


def compiled(source: Path, program: Path, *options: str) -> Path:
    subprocess.run([str(COMPILER), *STRICT, *options, str(source), "-o", str(program), "-lm"], check=True)
    return program


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The renderer as a program; a warning is an error."""
    return compiled(SOURCE, tmp_path_factory.mktemp("compiled") / "wavegan_engine")


@pytest.fixture
def folder(model: TrainedModel, tmp_path: Path) -> Path:
    """What `export weights` writes of a small model."""
    write_weights(model, range(16, 18), tmp_path / "weights")
    return tmp_path / "weights"


def run(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True, check=False)


def test_it_renders_the_streams_sound(model: TrainedModel, folder: Path, tmp_path: Path) -> None:
    generator = Driver(model).generator
    latent = seed_latent(17, generator.latent_dim)
    for name, values in noise_of(generator, latent).items():
        values.tofile(folder / f"{name}.f64")
    controls: Sequence[Any] = [(2.0**control.speed, control.load) for control in CONTROLS]
    np.array(controls, np.float64).tofile(folder / "controls.f64")
    expected = streamed(EngineRenderer(generator, latent, CONTROLS[0]))
    twin = compiled(TWIN, tmp_path / "twin", f"-I{SOURCE.parent}")
    done = subprocess.run([str(twin), str(folder), str(QUANTUM * generator.hop)], capture_output=True, check=True)
    found = np.frombuffer(done.stdout, np.float32)
    assert np.abs(expected).max() > 0.01
    assert np.abs(found - expected).max() < 1e-5


def test_a_curve_becomes_a_file(program: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text(CURVE)
    sounds = {}
    for rate in (8192, 16384, 12288):
        done = run(program, folder, tmp_path / "curve.csv", tmp_path / "sound.wav", 17, rate)
        assert done.returncode == 0, done.stderr
        assert "of processor time" in done.stdout
        sounds[rate], found = soundfile.read(tmp_path / "sound.wav")
        assert found == rate
        assert len(sounds[rate]) == round(0.4 * rate)
    level = {rate: np.sqrt(np.mean(sound**2)) for rate, sound in sounds.items()}
    assert level[8192] > 1e-3
    assert level[16384] == pytest.approx(level[8192], rel=0.1)
    power = np.abs(np.fft.rfft(sounds[16384] * np.hanning(len(sounds[16384])))) ** 2
    assert power[round(1.25 * len(power) / 2) :].sum() < 1e-6 * power.sum()  # nothing above the old rate's highest


@pytest.mark.parametrize(
    ("curve", "arguments", "said"),
    [
        (CURVE, ["99"], "has no vector of that seed"),
        (CURVE, ["17", "12345"], "is out of reach"),
        (CURVE, ["17", "0", "3"], "usage:"),
        ("rpm\n900\n", [], "does not begin with a line time_s,rpm,load"),
        ("time_s,rpm\n", [], "has no rows"),
        ("time_s,rpm\n1,900\n0,900\n", [], "is no row of growing times"),
        ("time_s,rpm\n0,fast\n", [], "is no row of growing times"),
    ],
)
def test_a_mistake_is_said_in_a_line(
    program: Path, folder: Path, tmp_path: Path, curve: str, arguments: list[str], said: str
) -> None:
    (tmp_path / "curve.csv").write_text(curve)
    done = run(program, folder, tmp_path / "curve.csv", tmp_path / "sound.wav", *(arguments or ["17"]))
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "sound.wav").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (WEIGHTS, b"", "is no safetensors file"),
        (WEIGHTS, (1 << 62).to_bytes(8, "little") + b"{}", "is no safetensors file"),
        (WEIGHTS, (2).to_bytes(8, "little") + b"{}", 'says nothing of "rate"'),
        (LATENTS, (2).to_bytes(8, "little") + b"{}", "tensor latents is missing"),
    ],
)
def test_a_damaged_file_is_refused(
    program: Path, folder: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / "curve.csv").write_text(CURVE)
    (folder / name).write_bytes(content)
    done = run(program, folder, tmp_path / "curve.csv", tmp_path / "sound.wav", 17)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_model_of_other_sizes_is_refused(program: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text(CURVE)
    text = (folder / WEIGHTS).read_bytes()
    assert b'"width":"12"' in text
    (folder / WEIGHTS).write_bytes(text.replace(b'"width":"12"', b'"width":"13"'))
    done = run(program, folder, tmp_path / "curve.csv", tmp_path / "sound.wav", 17)
    assert done.returncode == 2
    assert "is missing or has another size" in done.stderr
