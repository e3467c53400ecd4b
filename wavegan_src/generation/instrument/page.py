"""The instrument's page: template, style, scripts and model in one file that needs no network."""

import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_text_atomically
from wavegan_src.utils.paths import shown
from wavegan_src.utils.reading import read_regular

CORE = ("fft", "filter", "network", "noise", "synth")  # each after what it needs
SOUND, CONTROL = "processor", "worker"  # run in the audio thread and beside it, each after the core
PAGE = ("car", "engine_map", "address", "wav", "inputs", "view", "spectrogram", "page")
_IMPORT = re.compile(r"^import [^;]*;\n", re.M)
_EXPORT = re.compile(r"^export (?=class|const|function)", re.M)
MARK = b'<meta name="generator" content="wavegan instrument">'
_HOME = "wavegan_src.generation.instrument"


def check_replaceable(path: Path) -> None:
    """Check before any work that a page can be written there: a file that is no instrument is not replaced.

    Raises:
        UserError: there is something else.
        OSError: what is there cannot be read.
    """
    if path.is_dir():
        raise UserError(f"{shown(path)} is a folder: name the page with --out, such as {shown(path / 'engine.html')}.")
    if path.exists() and MARK not in read_regular(path)[:2000]:
        raise UserError(f"{shown(path)} exists and is no instrument: choose another file with --out.")


def write_page(path: Path, data: dict[str, Any], title: str) -> None:
    """Write the page for the data of `model_data.page_data`.

    Raises:
        OSError: it cannot be written.
    """
    loader = PackageLoader("wavegan_src.generation", "instrument")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True)
    # `</` would end the script: in JSON it may be written as `<\/`.
    text = Markup(json.dumps(data, ensure_ascii=False).replace("</", "<\\/"))
    style = Markup(resources.files(_HOME).joinpath("page.css").read_text(encoding="utf-8"))
    page = environment.get_template("page.html").render(
        title=title,
        style=style,
        core=Markup(joined(CORE)),
        sound=Markup(joined((SOUND,))),
        control=Markup(joined((CONTROL,))),
        script=Markup(joined(PAGE)),
        data=text,
    )
    write_text_atomically(path, page)


def joined(modules: Sequence[str]) -> str:
    """Modules of `script/` as one script, in the order in which they need each other."""
    folder = resources.files(_HOME).joinpath("script")
    texts = [folder.joinpath(f"{name}.mjs").read_text(encoding="utf-8") for name in modules]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
