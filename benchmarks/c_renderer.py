"""What a voice of the renderer in C costs: `python -m benchmarks.c_renderer --checkpoint RUN [--json]`.

It exports the model, compiles the renderer with each set of options, and renders a curve through the recordings' speeds
in blocks of 128 samples, before each of which speed and load change; at the model's rate and at 48 kHz.

* core_percent: processor time of the rendering in percent of the sound's length; the least of several renderings,
  since other work on the machine only adds to it. The body's filter, computed once for an engine, is not in it.
* matrix_peak_gflops: of a large float32 matrix product on one core of the same machine, to compare machines by.
"""

import argparse
import json
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

import wavegan
from benchmarks.measuring import matmul_peak
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.formats.weights import RENDERER, write_weights

OPTIONS = (("-O2",), ("-O3", "-march=native", "-ffast-math"))
RATES = (0, 48000)  # 0: the model's own
SECONDS, TURNS, SEED = 20.0, 8, 17
_COST = re.compile(r"([\d.]+) % of a core")


@dataclass(frozen=True)
class Cost:
    """Of one voice."""

    compiler: str
    options: str
    rate: int
    core_percent: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="a run's folder or a checkpoint of a drive model")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    costs = measure(wavegan.load(arguments.checkpoint, device="cpu"))
    peak = matmul_peak() / 1e9
    if arguments.json:
        print(json.dumps({"costs": [asdict(cost) for cost in costs], "matrix_peak_gflops": peak}))
        return
    for cost in costs:
        print(f"{cost.compiler} {cost.options}: {cost.core_percent:.2f} % of a core per voice at {cost.rate} Hz")
    print(f"matrix products on one core: {peak:.0f} GFLOP/s")


def measure(model: wavegan.Model) -> list[Cost]:
    """All costs of a model's renderer, with the compiler `cc`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_weights(model.trained, range(SEED, SEED + 1), folder / "model")
        (folder / "curve.csv").write_text(curve(*Driver(model.trained).rpm_range))
        return [
            Cost(_version(), " ".join(options), rate or model.sample_rate, _cost(program, folder, rate))
            for options in OPTIONS
            for program in [_compiled(folder, options)]
            for rate in RATES
        ]


def curve(low: float, high: float) -> str:
    """A table from the lowest to the highest rpm and back, with the load between 0 and 1."""
    rows = (f"{SECONDS * turn / TURNS},{high if turn % 2 else low},{turn % 2}" for turn in range(TURNS + 1))
    return "\n".join(["time_s,rpm,load", *rows]) + "\n"


def _compiled(folder: Path, options: tuple[str, ...]) -> Path:
    program = folder / "wavegan_engine"
    command = ["cc", "-std=c99", *options, str(folder / "model" / RENDERER), "-o", str(program), "-lm"]
    subprocess.run(command, check=True)
    return program


def _cost(program: Path, folder: Path, rate: int) -> float:
    command = [str(program), str(folder / "model"), str(folder / "curve.csv"), str(folder / "sound.wav"), str(SEED)]
    costs = []
    for _ in range(TURNS):
        done = subprocess.run([*command, str(rate)], capture_output=True, text=True, check=True)
        found = _COST.search(done.stdout)
        assert found is not None
        costs.append(float(found[1]))
    return min(costs)


def _version() -> str:
    path = shutil.which("cc")
    assert path is not None, "the measurement needs a C compiler named cc"
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


if __name__ == "__main__":
    main()
