"""The page holds all it needs, gives nothing away, and works from the first to the last click in a browser."""

import base64
import io
import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.listening import RATE, small_design
from wavegan_src.evaluation.listening.answers import read_answers
from wavegan_src.evaluation.listening.page import open_seal, page_data, write_page

SCRIPT = resources.files("wavegan_src.evaluation.listening").joinpath("page.js")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Clicks through the whole test with an audio context that plays nothing, and leaves the answers as the page's text.
CLICKS = """
<script>
window.AudioContext = class {
  state = "running"; currentTime = 0; destination = {};
  async decodeAudioData(bytes) { return { duration: bytes.byteLength }; }
  createGain() { return { gain: { setValueAtTime() {}, linearRampToValueAtTime() {} }, connect: to => to }; }
  createBufferSource() { return { connect: to => to, start() {}, stop() {} }; }
};
const pause = () => new Promise(done => setTimeout(done, 1)), on = id => !document.getElementById(id).hidden;
const key = name => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
addEventListener("load", async () => {
  document.getElementById("begin").click();
  if (on("rating")) throw new Error("began without a name");
  document.getElementById("listener").value = "Ann / 1";
  document.getElementById("begin").click();
  while (on("rating")) {
    const sliders = [...document.querySelectorAll("#sliders input")];
    for (let number = 1; number <= sliders.length; number++) { key(String(number)); await pause(); }
    if (!document.getElementById("rating-next").disabled) throw new Error("goes on unrated");
    for (const slider of sliders) { slider.value = 70; slider.dispatchEvent(new Event("input")); }
    key("ArrowRight");
    key("Enter");
    await pause();
  }
  while (on("abx")) { for (const name of "abx") { key(name); await pause(); } key("1"); await pause(); }
  document.body.replaceChildren(document.getElementById("answers").value);
});
</script>
</body>"""


def test_the_page_asks_the_network_for_nothing_and_names_no_set(tmp_path: Path) -> None:
    path = tmp_path / "test.html"
    write_page(path, small_design(), "Is </script> real?")
    page = path.read_text()
    assert "default-src 'none'" in page
    assert not re.findall(r"(?:src|href)=", page)
    assert "ours" not in page.replace("yours", "")
    assert "theirs" not in page
    assert page.count("</script>") == 2
    content = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert content is not None
    assert json.loads(content[1])["title"] == "Is </script> real?"


def test_its_sounds_are_the_clips_and_only_those_that_are_heard() -> None:
    design = small_design()
    data = page_data(design, "Test")
    heard = {key for trial in data["ratings"] for key in (trial["reference"], *trial["stimuli"])}
    heard |= {key for trial in data["abx"] for key in trial.values()}
    assert set(data["sounds"]) == heard
    for key, text in data["sounds"].items():
        samples, rate = soundfile.read(io.BytesIO(base64.b64decode(text)))
        assert rate == RATE
        assert np.abs(samples - design.clips[key]).max() <= 0.51 / 32768


@pytest.mark.parametrize("text", ["", "?", "QUJD", base64.b64encode(b"x" * 50).decode()])
def test_a_broken_seal_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="no seal"):
        open_seal(text)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_each_listener_has_an_order_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "page.cjs").write_text(SCRIPT.read_text(encoding="utf-8"))
    code = """
    const page = require("./page.cjs");
    const test = { test: "t", ratings: Array(6).fill({ stimuli: ["a", "b", "c", "d"] }), abx: Array(5) };
    const random = page.seededRandom(1), counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) counts[page.shuffled(3, random)[0]]++;
    const plans = ["Ann", "Ann", "Bob"].map(name => page.planFor(test, name));
    console.log(JSON.stringify([plans, counts, page.fileName(test, "Ann / 1")]));
    """
    done = subprocess.run(["node", "-e", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    (ann, again, bob), counts, name = json.loads(done.stdout)
    assert ann == again != bob
    assert sorted(part["trial"] for part in ann["ratings"]) == list(range(6))
    assert all(sorted(part["order"]) == [0, 1, 2, 3] for part in ann["ratings"])
    assert sorted(bob["abx"]) == list(range(5))
    assert all(900 < count < 1100 for count in counts)
    assert name == "listening_t_Ann_1.json"


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_it_works_from_the_first_to_the_last_click(tmp_path: Path) -> None:
    path = tmp_path / "test.html"
    design = small_design(trials=2, abx=2)
    write_page(path, design, "Test")
    path.write_text(path.read_text().replace("</body>", CLICKS))
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [str(CHROMIUM), *options, profile, "--virtual-time-budget=20000", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    body = re.search(r"<body>(.*)</body>", done.stdout, re.S)
    assert body is not None, done.stdout[-2000:]
    saved = tmp_path / "answers.json"
    saved.write_text(body[1])
    found = read_answers([saved])
    assert found.listeners == ["Ann / 1"]
    assert len(found.ratings) == 2 * 5
    assert sorted({rating.score for rating in found.ratings}) == [70, 71]  # one was moved by the key
    assert len(found.choices) == 4
