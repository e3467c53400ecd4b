"""The wheel and the source archive: what they hold, and that the installed wheel works on its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
import soundfile as sf

from tests.support.paths import REPOSITORY
from wavegan_src import __version__

pytestmark = pytest.mark.slow

# What building reads: not the whole folder, in which recordings and runs may lie.
SOURCES = (
    *("pyproject.toml", "MANIFEST.in", "Makefile", "constraints.txt", "WaveGAN.py"),
    *("README.md", "README.pl.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"),
    *("wavegan", "wavegan_src", "tools"),
)
BESIDE_THE_CODE = {
    "wavegan_src/py.typed",
    "wavegan_src/config.json",
    "wavegan_src/config_fast.json",
    "wavegan_src/config_test.json",
    "wavegan_src/config_template.json",
    "wavegan_src/architectures/presets/config_fast_48k.json",
    "wavegan_src/report/templates/run.html",
    "wavegan_src/report/templates/evaluation.html",
    "wavegan_src/evaluation/measures/networks/aisfx_weights/aisfx_f16.npz",
    "wavegan_src/evaluation/measures/networks/aisfx_weights/LICENSE",
    "wavegan_src/evaluation/measures/networks/yamnet_weights/yamnet_f16.npz",
    "wavegan_src/evaluation/measures/networks/yamnet_weights/LICENSE",
    "wavegan_src/generation/formats/renderer/wavegan_engine.c",
    "wavegan_src/models/wavegan/fast/compiled/convolutions.cpp",
    "wavegan_src/models/wavegan/fast/compiled/matrix_unit.h",
    "wavegan_src/run/pretrained_models/drive.tar",
}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `make build`'s command, run on a copy, has left a source archive and the wheel made of it."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (REPOSITORY / name).exists():
            shutil.copy2(REPOSITORY / name, source)
    output = tmp_path_factory.mktemp("archives")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output), cwd=source)
    return output


@pytest.fixture(scope="module")
def wheel(archives: Path) -> Path:
    """The wheel."""
    (path,) = archives.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that holds the wheel, and finds the dependencies in this environment."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    scripts = sysconfig.get_path("scripts", "venv", {"base": str(folder), "installed_base": str(folder)})
    python = Path(scripts) / f"python{sysconfig.get_config_var('EXE')}"
    _run(sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    purelib = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
    # A plain path comes last on sys.path; `.pth` files in it, such as an editable install's, are not read.
    Path(purelib, "dependencies.pth").write_text("\n".join(_site_packages()))
    return python


def test_the_wheel_holds_all_that_is_read_at_run_time(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert set(names) >= BESIDE_THE_CODE
    for package in ("wavegan_src", "wavegan"):
        paths = [path for path in (REPOSITORY / package).rglob("*") if path.is_file() and path.suffix != ".pyc"]
        assert {path.relative_to(REPOSITORY).as_posix() for path in paths} <= set(names)
    assert {name.split("/")[0] for name in names} <= {"wavegan", "wavegan_src", f"wavegan-{__version__}.dist-info"}
    assert len({name.lower() for name in names}) == len(names)  # for file systems that ignore case


def test_the_wheel_carries_the_licences(wheel: Path) -> None:
    licences = f"wavegan-{__version__}.dist-info/licenses/"
    found = {name.removeprefix(licences) for name in zipfile.ZipFile(wheel).namelist() if name.startswith(licences)}
    networks = "wavegan_src/evaluation/measures/networks"
    weights = {f"{networks}/{name}_weights/{file}" for name in ("aisfx", "yamnet") for file in ("LICENSE", "NOTICE")}
    assert found == {"LICENSE", *weights}


def test_the_source_archive_can_be_worked_on(archives: Path) -> None:
    (path,) = archives.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {*BESIDE_THE_CODE, "pyproject.toml", "Makefile", "constraints.txt", "WaveGAN.py", "LICENSE"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_one_version_everywhere(installed: Path, tmp_path: Path) -> None:
    metadata = _run(installed, "-c", "from importlib import metadata; print(metadata.version('wavegan'))", cwd=tmp_path)
    assert metadata.strip() == __version__
    assert _run(installed.with_stem("wavegan"), "--version", cwd=tmp_path).strip() == f"wavegan {__version__}"


def test_the_installed_wheel_generates_with_its_own_model(installed: Path, tmp_path: Path) -> None:
    place = Path(_run(installed, "-c", "import wavegan_src; print(wavegan_src.__file__)", cwd=tmp_path).strip())
    assert place.is_relative_to(installed.parents[1])
    _run(installed.with_stem("wavegan"), "--generate-only", "1", "--checkpoint", "pretrained", cwd=tmp_path)
    (sound,) = tmp_path.rglob("*.wav")
    samples, _ = sf.read(sound)
    assert len(samples)
    assert abs(samples).max() > 0.01


def _run(*command: str | Path, cwd: Path = REPOSITORY) -> str:
    """The output of a command that sees nothing of the development environment."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def _site_packages() -> set[str]:
    return {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
