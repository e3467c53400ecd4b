"""The page holds all it needs, asks for nothing, and plays in a browser what its scripts and Python render."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.support.browser import CHROMIUM, Page, browser_page
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.instrument.page import CORE, MARK, check_replaceable, joined
from wavegan_src.generation.latents import seed_latent
from wavegan_src.utils.errors import UserError

# What Python compares: the worker's engine, and how far the audio thread is from the same scripts in the page.
PLAY = """(async () => {
  CORE
  const until = async condition => { while (!condition()) await new Promise(done => setTimeout(done, 10)); };
  await until(() => window.instrument?.engine);
  const { data, engine, sound } = window.instrument, { model } = data, quanta = 20;
  const length = quanta * QUANTUM * model.hop, context = new OfflineAudioContext(1, length, model.rate);
  const control = { speed: 4.25, load: 0.5 }, noise = new EngineNoise(model, 5);
  const node = await engineNode(context, model, sound.values, engine, control, 5);
  node.connect(context.destination);
  const heard = (await context.startRendering()).getChannelData(0);
  const renderer = new EngineRenderer(new Weights(model, sound.values), engine, noise, control);
  let most = 0, difference = 0;
  for (let i = 0; i < length; ) {
    for (const sample of renderer.render(control.speed, control.load)) {
      difference = Math.max(difference, Math.abs(sample - heard[i]));
      most = Math.max(most, Math.abs(heard[i++]));
    }
  }
  return { style: [...engine.style], most, difference };
})()"""

DRIVE = """(async () => {
  const { instrument } = window, pause = time => new Promise(done => setTimeout(done, time));
  await instrument.toggle();
  instrument.toggleRecording();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "w", bubbles: true }));
  for (let i = 0; i < 200 && !(instrument.car.metres > 1 && instrument.sound.recorded.length > 5); i++) await pause(20);
  const blocks = instrument.sound.recorded, { rpm, metres, load } = instrument.car;
  const level = Math.max(...blocks.map(block => Math.max(...block.map(Math.abs))));
  instrument.change({ x: 0.3, y: 0.6, automatic: false });
  for (let i = 0; i < 100 && instrument.engines.busy; i++) await pause(20);
  const problem = document.getElementById("problem").textContent, named = document.getElementById("engine").textContent;
  return { rpm, metres, load, blocks: blocks.length, level, hash: location.hash, problem, named };
})()"""

PEDALS = """(async () => {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  const read = id => Number(document.getElementById(id).getAttribute("aria-valuenow"));
  return [read("throttle"), read("brake"), window.instrument.car.gear];
})()"""

GAMEPAD = """(() => {
  const buttons = Array.from({ length: 17 }, (_, number) => ({ value: 0, pressed: number === 0 }));
  buttons[7] = { value: 0.7, pressed: true };
  buttons[6] = { value: 0.2, pressed: true };
  navigator.getGamepads = () => [null, { connected: true, buttons }];
})()"""


def middle_of(browser: Page, name: str) -> dict[str, float]:
    """The middle of an element, in CSS pixels."""
    found: dict[str, float] = browser.evaluate(
        f"(() => {{ const {{ x, y, width, height }} = document.getElementById('{name}').getBoundingClientRect();"
        "return { x: x + width / 2, y: y + height / 2 }; })()"
    )
    return found


def pedals_by_all_means(browser: Page) -> dict[str, list[int]]:
    """Throttle and brake in percent, and the gear, under the mouse, under a finger, and by a gamepad."""
    browser.call("Emulation.setDeviceMetricsOverride", width=1280, height=860, deviceScaleFactor=1, mobile=False)
    browser.evaluate("window.instrument.car.gear = 0")
    throttle, brake, found = middle_of(browser, "throttle"), middle_of(browser, "brake"), {}
    browser.call("Input.dispatchMouseEvent", type="mousePressed", button="left", clickCount=1, **throttle)
    found["mouse"] = browser.evaluate(PEDALS)
    browser.call("Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, **throttle)
    browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[brake])
    found["finger"] = browser.evaluate(PEDALS)
    browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    found["nothing"] = browser.evaluate(PEDALS)
    browser.evaluate(GAMEPAD)
    found["gamepad"] = browser.evaluate(PEDALS)
    return found


def test_it_holds_all_it_needs(page: Path) -> None:
    text = page.read_text()
    assert "default-src 'none'" in text
    assert not re.findall(r"(?:src|href)=|https?:", text)
    assert text.count("</script>") == 5
    content = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert content is not None
    assert json.loads(content[1])["seeds"] == [15, 16, 17, 18, 19]
    assert "<title>Is &lt;/script&gt; real?</title>" in text
    assert not re.findall(r"^(?:import|export) ", text, re.M)


def test_joined_scripts_define_each_name_once() -> None:
    names = re.findall(r"^(?:class|const|function|async function) (\w+)", joined(CORE), re.M)
    assert len(names) == len(set(names))


def test_only_an_instrument_is_replaced(page: Path, tmp_path: Path) -> None:
    check_replaceable(page)
    check_replaceable(tmp_path / "new.html")
    (tmp_path / "notes.html").write_bytes(b"<p>mine</p>")
    with pytest.raises(UserError, match="is no instrument"):
        check_replaceable(tmp_path / "notes.html")
    with pytest.raises(UserError, match="is a folder"):
        check_replaceable(tmp_path)
    assert MARK in page.read_bytes()


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_it_plays_and_drives_in_a_browser(page: Path, driver: Driver, tmp_path: Path) -> None:
    with browser_page(tmp_path / "profile") as browser:
        browser.call("Page.navigate", url=page.as_uri())
        played = browser.evaluate(PLAY.replace("CORE", joined(CORE)))
        pedals = pedals_by_all_means(browser)
        browser.evaluate("navigator.getGamepads = () => []; window.instrument.change({ automatic: true })")
        driven = browser.evaluate(DRIVE)
        picture = base64.b64decode(browser.call("Page.captureScreenshot", format="png")["data"])
    style = driver.generator.engine(seed_latent(15, driver.generator.latent_dim)[None]).style[0].detach().numpy()
    assert np.abs(np.array(played["style"]) - style).max() < 1e-5
    assert played["most"] > 0.01
    assert played["difference"] < 1e-6
    assert all(url.startswith(("file:", "blob:", "data:")) for url in browser.requests)
    assert pedals["mouse"][:2] == [56, 0]
    assert pedals["finger"][:2] == [0, 56]
    assert pedals["nothing"][:2] == [0, 0]
    assert pedals["gamepad"] == [70, 20, 1]
    assert driven["problem"] == ""
    assert driven["level"] > 0.01
    assert driven["metres"] > 0
    assert driven["load"] > 0.5
    assert driven["hash"].startswith("#x=0.3&y=0.6&gears=manual")
    assert driven["named"].startswith("Engine")
    assert picture.startswith(b"\x89PNG")
