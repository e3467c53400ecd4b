"""The page's synthesis, in JavaScript, against the stream, in Python: with the same noise they are the same sound."""

import json
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from tests.support.paths import REPOSITORY
from tests.support.streaming import CONTROLS, noise_of, streamed
from wavegan_src.generation.instrument.model_data import model_data, to_base64
from wavegan_src.generation.latents import seed_latent
from wavegan_src.generation.streaming.renderer import EngineRenderer
from wavegan_src.models.drive.generator import DriveGenerator

SCRIPT = Path(str(resources.files("wavegan_src.generation.instrument"))) / "script"
TWIN = REPOSITORY / "tests" / "generation" / "instrument" / "twin.mjs"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


def test_it_renders_the_streams_sound(generator: DriveGenerator, tmp_path: Path) -> None:
    latent = seed_latent(17, generator.latent_dim)
    noise: dict[str, Any] = {name: to_base64(values) for name, values in noise_of(generator, latent).items()}
    noise["start"] = float(noise_of(generator, latent)["start"][0])
    stream = EngineRenderer(generator, latent, CONTROLS[0])
    expected = streamed(stream)
    model, values = model_data(generator)
    controls = [{"speed": control.speed, "load": control.load} for control in CONTROLS]
    asked = {"model": model, "values": to_base64(values), "latent": to_base64(latent.numpy())}
    (tmp_path / "asked.json").write_text(json.dumps({**asked, "noise": noise, "controls": controls}))
    done = subprocess.run(["node", TWIN, SCRIPT, tmp_path], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    with torch.inference_mode():
        engine = generator.engine(latent[None])
    knot = stream.knots[-1]
    for name, wanted in {
        "style": engine.style[0].numpy(),
        "response": engine.response[0].numpy(),
        "pulses": knot.pulses,
        "envelopes": knot.envelopes.T.ravel(),
        "noise": knot.noise,
        "level": np.array(knot.level),
        "sound": expected,
    }.items():
        assert np.abs(np.array(found[name]) - wanted).max() < 1e-5, name
    assert np.abs(expected).max() > 0.01


def run_module(code: str, tmp_path: Path) -> Any:
    """What a piece of JavaScript that imports from the script folder prints, as JSON."""
    (tmp_path / "test.mjs").write_text(code.replace("SCRIPT", SCRIPT.as_posix()))
    done = subprocess.run(["node", tmp_path / "test.mjs"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_car_drives_shifts_brakes_and_keeps_within_its_engine(tmp_path: Path) -> None:
    found = run_module(
        """
        import { Car } from "SCRIPT/car.mjs";
        const car = new Car(800, 6000), seen = [], least = { rpm: 1e9 }, most = { rpm: 0 };
        const drive = (seconds, throttle, brake) => {
          car.throttle = throttle; car.brake = brake;
          for (let i = 0; i < seconds * 60; i++) {
            car.advance(1 / 60);
            least.rpm = Math.min(least.rpm, car.rpm); most.rpm = Math.max(most.rpm, car.rpm);
          }
          const { rpm, metres, gear, load } = car;
          seen.push({ rpm, metres, gear, load });
        };
        drive(5, 0, 0); drive(15, 1, 0); drive(3, 0, 0); drive(8, 0, 1);
        const dead = car.metres;
        car.automatic = false; car.shift(-9); drive(2, 0.5, 0); drive(3, 1, 0);
        console.log(JSON.stringify({ seen, least: least.rpm, most: most.rpm, dead }));
        """,
        tmp_path,
    )
    idle, fast, coasting, stopped, revved, limited = found["seen"]
    assert idle["rpm"] == pytest.approx(800, rel=0.05)
    assert idle["metres"] == 0
    assert idle["load"] < 0.3
    assert fast["metres"] > 25
    assert fast["gear"] >= 3
    assert fast["load"] > 0.95
    assert coasting["metres"] < fast["metres"]  # the engine brakes
    assert coasting["load"] < 0.05
    assert found["dead"] == 0
    assert stopped["rpm"] == pytest.approx(800, rel=0.15)
    assert revved["gear"] == 0
    assert limited["rpm"] > 5500
    assert limited["metres"] == 0
    assert found["least"] > 450
    assert found["most"] <= 1.02 * 6000


def test_the_map_is_continuous_and_has_each_engine_at_its_place(tmp_path: Path) -> None:
    found = run_module(
        """
        import { latentOf, mixtureAt } from "SCRIPT/engine_map.mjs";
        import { Random } from "SCRIPT/noise.mjs";
        const random = new Random(1);
        const points = Array.from({ length: 9 }, () => ({ x: random.uniform(), y: random.uniform() }));
        const latents = points.map(() => Float32Array.from({ length: 64 }, () => random.normal()));
        const at = (x, y) => latentOf(latents, mixtureAt(points, x, y));
        const far = (a, b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));
        let jump = 0, sums = [];
        for (let i = 0; i < 4000; i++) {
          jump = Math.max(jump, far(at(i / 4000, 0.37), at((i + 1) / 4000, 0.37)));
          sums.push(mixtureAt(points, i / 4000, 0.37).reduce((sum, { weight }) => sum + weight, 0));
        }
        const own = points.map(({ x, y }, i) => far(at(x, y), latents[i]));
        const alone = latentOf(latents.slice(0, 1), mixtureAt(points.slice(0, 1), 0.2, 0.9));
        const two = mixtureAt(points.slice(0, 2), 0.5, 0.5);
        const typical = far(latents[0], latents[1]);
        console.log(JSON.stringify({ jump, own, sums, alone: far(alone, latents[0]), two, typical }));
        """,
        tmp_path,
    )
    assert max(found["own"]) == 0
    assert found["alone"] == 0
    assert len(found["two"]) == 2
    assert np.allclose(found["sums"], 1)
    assert found["jump"] < 0.05 * found["typical"]


def test_presets_come_back_from_the_address_and_nonsense_does_not(tmp_path: Path) -> None:
    found = run_module(
        """
        import { fromAddress, toAddress } from "SCRIPT/address.mjs";
        const usual = { x: 0.5, y: 0.5, automatic: true, volume: 0.8 };
        const own = { x: 0.1234, y: 1, automatic: false, volume: 0 };
        const texts = [toAddress(own), "", "#x=2&y=&gears=3&volume=NaN", "#x=0.25", "#%%%<script>"];
        console.log(JSON.stringify(texts.map(text => fromAddress(text, usual))));
        """,
        tmp_path,
    )
    usual = {"x": 0.5, "y": 0.5, "automatic": True, "volume": 0.8}
    own = {"x": 0.1234, "y": 1, "automatic": False, "volume": 0}
    assert found == [own, usual, usual, {**usual, "x": 0.25}, usual]


def test_recordings_are_wav_files(tmp_path: Path) -> None:
    run_module(
        f"""
        import fs from "node:fs";
        import {{ toWav }} from "SCRIPT/wav.mjs";
        const blocks = [Float32Array.of(0, 0.5, -0.5), Float32Array.of(2, -2)];
        fs.writeFileSync("{(tmp_path / "a.wav").as_posix()}", Buffer.from(toWav(blocks, 22050)));
        console.log("null");
        """,
        tmp_path,
    )
    samples, rate = soundfile.read(tmp_path / "a.wav")
    assert rate == 22050
    assert np.abs(samples - [0, 0.5, -0.5, 1, -1]).max() < 1e-4


def test_half_precision_is_read_as_numpy_reads_it(tmp_path: Path) -> None:
    found = run_module(
        """
        import { Weights } from "SCRIPT/network.mjs";
        const every = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(bits => (bits >> 10 & 31) < 31);
        const { all } = new Weights({ tensors: { all: { shape: [every.length], at: 0 } } }, every).tensors;
        console.log(JSON.stringify(Array.from(all)));
        """,
        tmp_path,
    )
    numbers = np.arange(65536, dtype=np.uint16).view(np.float16)
    assert found == numbers[np.isfinite(numbers)].astype(float).tolist()


def test_noise_is_white_normal_and_the_same_for_a_seed(tmp_path: Path) -> None:
    values, again, knots = run_module(
        """
        import { Random, SlowNoise } from "SCRIPT/noise.mjs";
        const drawn = random => Array.from({ length: 4000 }, () => random.normal());
        const numbers = seed => drawn(new Random(seed));
        const slow = new SlowNoise(new Random(2), 1, 2.5);
        console.log(JSON.stringify([numbers(7), numbers(7), Array.from({ length: 11 }, () => slow.next()[0])]));
        """,
        tmp_path,
    )
    assert values == again
    assert abs(np.mean(values)) < 0.05
    assert np.std(values) == pytest.approx(1, abs=0.05)
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.05
    assert np.interp(1, [0, 2], [knots[0], knots[2]]) == pytest.approx(knots[1])  # straight between knots
    assert np.interp(6, [5, 7], [knots[5], knots[7]]) == pytest.approx(knots[6])
