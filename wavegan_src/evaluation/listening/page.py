"""The test as one self-contained page that needs no network and saves a file of answers.

The page holds which sound is which only as a sealed text, which it copies into the answers: a listener does not come
across it, and the answers can be read without any other file. It is no secret to who wants to cheat.
"""

import base64
import hashlib
import io
import json
import zlib
from importlib import resources
from pathlib import Path
from typing import Any

import soundfile
from jinja2 import Environment, PackageLoader
from pydantic import BaseModel, ConfigDict

from wavegan_src.dsp.arrays import F32
from wavegan_src.evaluation.listening.design import Design, Stimulus
from wavegan_src.utils.files import write_text_atomically

FORMAT = 1


class Seal(BaseModel):
    """Which sound is which: what the analysis needs to know of the test.

    Attributes:
        conditions: what is rated, in order.
        stimuli: condition and name of the clip, by the stimulus's key.
        abx: set and right answer of each ABX trial.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    conditions: list[str]
    stimuli: dict[str, list[str]]
    abx: list[list[str]]

    def to_text(self) -> str:
        """As text that nobody reads by accident."""
        return base64.b64encode(zlib.compress(self.model_dump_json().encode(), 9)).decode()


def write_page(path: Path, design: Design, title: str) -> None:
    """Write the page of a test.

    Raises:
        OSError: it cannot be written.
    """
    data = page_data(design, title)
    loader = PackageLoader("wavegan_src.evaluation", "listening")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True)
    script = resources.files("wavegan_src.evaluation.listening").joinpath("page.js").read_text(encoding="utf-8")
    # `</` would end the script: in JSON it may be written as `<\/`.
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    write_text_atomically(path, environment.get_template("page.html").render(title=title, script=script, data=text))


def page_data(design: Design, title: str) -> dict[str, Any]:
    """What the page's script reads, as plain data."""
    heard = _heard(design)
    sealed = seal_of(design).to_text()
    return {
        "format": FORMAT,
        "test": hashlib.sha256(sealed.encode()).hexdigest()[:16],
        "title": title,
        "ratings": [
            {"reference": trial.reference.key, "stimuli": [stimulus.key for stimulus in trial.stimuli]}
            for trial in design.ratings
        ],
        "abx": [{"a": trial.a.key, "b": trial.b.key, "x": trial.x.key} for trial in design.abx],
        "sounds": {key: _flac(clip, design.rate) for key, clip in sorted(design.clips.items()) if key in heard},
        "sealed": sealed,
    }


def seal_of(design: Design) -> Seal:
    """Which sound of a test is which."""
    rated = [stimulus for trial in design.ratings for stimulus in trial.stimuli]
    return Seal(
        conditions=list(design.conditions),
        stimuli={stimulus.key: [stimulus.condition, stimulus.clip] for stimulus in rated},
        abx=[[trial.system, trial.answer] for trial in design.abx],
    )


def open_seal(text: str) -> Seal:
    """The seal that `Seal.to_text` wrote.

    Raises:
        ValueError: it is none.
    """
    try:
        decompressor = zlib.decompressobj()
        content = decompressor.decompress(base64.b64decode(text, validate=True), 1 << 24)
        return Seal.model_validate_json(content)
    except (ValueError, zlib.error) as error:
        raise ValueError("no seal") from error


def _heard(design: Design) -> set[str]:
    """Keys of the sounds that are in some trial: of the two clips of a kind in an ABX trial one may be unused."""
    heard: set[Stimulus] = set()
    for rating in design.ratings:
        heard |= {rating.reference, *rating.stimuli}
    for abx in design.abx:
        heard |= {abx.a, abx.b, abx.x}
    return {stimulus.key for stimulus in heard}


def _flac(clip: F32, rate: int) -> str:
    """Base64 of a FLAC file: without loss, and every browser decodes it."""
    buffer = io.BytesIO()
    soundfile.write(buffer, clip, rate, format="FLAC", subtype="PCM_16")
    return base64.b64encode(buffer.getvalue()).decode()
