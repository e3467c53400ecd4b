"""The pages' HTML and style sheet, filled in by Jinja and written as files. May import: dsp, utils, report.sounds."""

import functools
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB
from wavegan_src.report.sounds import COLOURS
from wavegan_src.utils.files import write_text_atomically
from wavegan_src.utils.format import format_duration


@functools.cache  # compiling a template takes longer than filling it
def load_template(name: str) -> Template:
    """A page's template; what it needs besides its own data is `title` and `scripts`, whether the page has any."""
    loader = PackageLoader("wavegan_src.report", "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"duration": format_duration, "unbroken_options": unbroken_options}
    environment.globals |= {"scale_colours": COLOURS, "dynamic_range": DYNAMIC_RANGE_DB}
    return environment.get_template(name)


def save_page(path: Path, page: str) -> None:
    """Write a page.

    Raises:
        OSError: it cannot be written.
    """
    # Names of files that are not UTF-8 hold lone surrogates, which no page can.
    write_text_atomically(path, page.encode("utf-8", "replace").decode())


def unbroken_options(sentence: str) -> Markup:
    """The sentence escaped, its options such as --epochs held together at the end of a line."""
    return Markup(re.sub(r"(?<![\w-])(--[a-z][a-z-]*)", r'<span class="option">\1</span>', str(escape(sentence))))
