"""The instrument in a browser: python -m benchmarks.instrument_browser engine.html [--minutes 10] [--json].

A headless Chromium drives the page by keys and mouse: full throttle, coasting, braking, gears by hand, other engines
of the map. Nothing else should need the machine meanwhile.

* underruns, underrun_ms: what the browser itself counts (`AudioContext.playbackStats`) in `played_s` of sound.
* underruns_when_blocked: the same counter after the audio thread was kept busy for half a second on purpose, which
  shows that it counts. Headless, the sound goes to a device that the browser makes up, in real time.
* browser_core_percent: processor time of all of the browser's processes in the drive, in percent of its length.
* outside_requests: addresses that the page asked for beyond the file itself, its blob: and data: parts.
* rpm_*: the speed tracked from the sound that an `OfflineAudioContext` renders of a sweep, against the wanted one, for
  several engines; `up_to_a_power_of_two` as in `benchmarks.control`.

`--pictures FOLDER` takes screenshots of a desktop and a phone, light and dark, while driving.
"""

import argparse
import base64
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from benchmarks.control import MULTIPLES
from tests.support.browser import Page, browser_page
from wavegan_src.dsp.arrays import F32
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import track

SWEEP_S, ENGINES = 12.0, 6
SCREENS = {"desktop": (1280, 860, False), "phone": (390, 844, True)}
# What is done in turn, again and again: keys that are held, and for how many seconds.
TURNS = (("w", 7.0), ("", 2.5), ("w", 5.0), ("", 3.0), ("s", 2.5), ("w", 1.5))
BLOCKING = """class Blocker extends AudioWorkletProcessor {
  process() { const end = Date.now() + 500; while (Date.now() < end); return false; }
}
registerProcessor("blocker", Blocker);"""
READY = """(async () => {
  while (!window.instrument?.engine) await new Promise(done => setTimeout(done, 50));
})()"""
MAP = """(() => {
  const { x, y, width, height } = document.getElementById("map").getBoundingClientRect();
  return [x, y, width, height];
})()"""
STATS = """(() => { const { playbackStats: s, currentTime } = window.instrument.sound.context;
  return { events: s.underrunEvents, seconds: s.underrunDuration, played: currentTime }; })()"""
SWEEP = """(async () => {
  const { data, engines: { worker }, latents, sound } = window.instrument, { model } = data;
  const length = Math.round(SECONDS * model.rate);
  const asked = new Promise(done => {
    worker.addEventListener("message", event => done(event.data.engine), { once: true });
  });
  worker.postMessage({ latent: latents[NUMBER] });
  const context = new OfflineAudioContext(1, length, model.rate);
  const [low, high] = data.rpmRange.map(rpm => Math.log2(rpm / data.rpmPerHertz));
  const node = await engineNode(context, model, sound.values, await asked, { speed: low, load: 0.2 }, 5);
  node.parameters.get("speed").setValueAtTime(low, 0).linearRampToValueAtTime(high, SECONDS);
  node.parameters.get("load").setValueAtTime(0.2, 0).linearRampToValueAtTime(1, SECONDS);
  node.connect(context.destination);
  const samples = (await context.startRendering()).getChannelData(0), bytes = new Uint8Array(samples.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return { rate: model.rate, range: data.rpmRange, sound: btoa(text) };
})()"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path, help="what `export instrument` wrote")
    parser.add_argument("--minutes", type=float, default=10.0, help="of driving")
    parser.add_argument("--pictures", type=Path, help="a folder for screenshots")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with TemporaryDirectory() as profile, browser_page(Path(profile)) as browser:
        figures = measure(browser, options.page, options.minutes, options.pictures)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")


def measure(browser: Page, page: Path, minutes: float, pictures: Path | None) -> dict[str, Any]:
    """All figures of a page."""
    _resize(browser, "desktop")
    browser.call("Page.navigate", url=page.absolute().as_uri())
    browser.evaluate(READY)
    errors, free = tracking_errors(browser)
    browser.evaluate("document.getElementById('start').click()")
    time.sleep(1)
    before, start, busy = browser.evaluate(STATS), time.monotonic(), _processor_seconds()
    drive(browser, 60 * minutes)
    after, lasted, busy = browser.evaluate(STATS), time.monotonic() - start, _processor_seconds() - busy
    if pictures is not None:
        take_pictures(browser, pictures)
    last = browser.evaluate(STATS)["events"]
    own = ("blob:", "data:", page.absolute().as_uri())
    return {
        "played_s": round(after["played"] - before["played"], 2),
        "underruns": after["events"] - before["events"],
        "underrun_ms": round(1000 * (after["seconds"] - before["seconds"]), 2),
        "underruns_when_blocked": blocked(browser) - last,
        "browser_core_percent": round(100 * busy / lasted, 1),
        "outside_requests": [url for url in browser.requests if not url.startswith(own)],
        "rpm_share_within_1_percent": round(100 * float((errors <= 0.01).mean()), 1),
        "rpm_median_error_percent": round(100 * float(np.median(errors)), 3),
        "rpm_share_up_to_a_power_of_two": round(100 * float((free <= 0.01).mean()), 1),
    }


def tracking_errors(browser: Page) -> tuple[F32, F32]:
    """Relative errors of the tracked speed of sweeps by the first engines, as tracked and up to a power of two."""
    errors, free = [], []
    count = min(ENGINES, browser.evaluate("window.instrument.latents.length"))
    for number in range(count):
        asked = SWEEP.replace("SECONDS", str(SWEEP_S)).replace("NUMBER", str(number))
        found = browser.evaluate(asked)
        sound = np.frombuffer(base64.b64decode(found["sound"]), np.float32)
        tracked = track(sound, found["rate"], EngineLayout(4))
        low, high = found["range"]
        ratio = tracked.rpm / (low * (high / low) ** (tracked.times / SWEEP_S))
        errors.append(np.abs(ratio - 1))
        free.append(np.abs(np.outer(ratio, MULTIPLES) - 1).min(1))
    return np.concatenate(errors), np.concatenate(free)


def drive(browser: Page, seconds: float) -> None:
    """Drive by keys and mouse."""
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        held, lasts = TURNS[turn % len(TURNS)]
        _key(browser, held, down=True)
        until = min(end, time.monotonic() + lasts)
        while time.monotonic() < until:
            _pick(browser, turn)
            time.sleep(max(0.0, min(1.0, until - time.monotonic())))
        _key(browser, held, down=False)
        for key in "eq" if turn % 11 == 10 else "":  # gears by hand; then the automatic again
            _key(browser, key, down=True)
            _key(browser, key, down=False)
        if turn % 11 == 0:
            browser.evaluate("window.instrument.change({ automatic: true })")
        turn += 1


def blocked(browser: Page) -> int:
    """The number of underruns after the audio thread was busy for half a second."""
    script = base64.b64encode(BLOCKING.encode()).decode()
    browser.evaluate(
        f"(async () => {{ const {{ context }} = window.instrument.sound;"
        f'await context.audioWorklet.addModule("data:text/javascript;base64,{script}");'
        'new AudioWorkletNode(context, "blocker").connect(context.destination);'
        "await new Promise(done => setTimeout(done, 2500)); })()"
    )
    events: int = browser.evaluate(STATS)["events"]
    return events


def take_pictures(browser: Page, folder: Path) -> None:
    """Screenshots while the engine is at full throttle."""
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for screen, (_, _, mobile) in SCREENS.items():
            _resize(browser, screen)
            _key(browser, "w", down=True)
            time.sleep(4)
            picture: Any = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=mobile)
            _key(browser, "w", down=False)
            (folder / f"{screen}_{scheme}.png").write_bytes(base64.b64decode(picture["data"]))
    _resize(browser, "desktop")


def _resize(browser: Page, screen: str) -> None:
    width, height, mobile = SCREENS[screen]
    size = {"width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile}
    browser.call("Emulation.setDeviceMetricsOverride", **size)


def _key(browser: Page, key: str, *, down: bool) -> None:
    if key:
        browser.call("Input.dispatchKeyEvent", type="keyDown" if down else "keyUp", key=key, text=key if down else "")


def _pick(browser: Page, turn: int) -> None:
    """Another place on the map."""
    box = browser.evaluate(MAP)
    place = np.random.default_rng(turn).random(2)
    x, y = (float(box[axis] + box[axis + 2] * place[axis]) for axis in (0, 1))
    for kind in ("mousePressed", "mouseReleased"):
        browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def _processor_seconds() -> float:
    """Of all processes that this one has started."""
    found = 0.0
    for process in psutil.Process().children(recursive=True):
        times = process.cpu_times()
        found += times.user + times.system
    return found


if __name__ == "__main__":
    main()
