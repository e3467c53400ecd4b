"""The options say of configuration keys what the schema says; it is written out, so that `--help` loads no schema."""

from rich.markup import escape
from typer.main import get_command

from wavegan_src import config_loader
from wavegan_src.cli.app import app
from wavegan_src.cli.options import SETTINGS
from wavegan_src.cli.start import DEFAULT_RUN
from wavegan_src.config_loader import describe, iter_fields, option_of
from wavegan_src.config_schema import OutputConfig
from wavegan_src.utils.config_key import key_of


def test_each_is_the_keys_own() -> None:
    assert SETTINGS.keys() == {name for name, field, _ in iter_fields() if key_of(field).option is not None}
    for key, setting in SETTINGS.items():
        assert (setting.option, setting.help) == (option_of(key), escape(describe(key)))


def test_the_presets_and_the_default_folder_are_the_schemas() -> None:
    (config,) = (parameter for parameter in get_command(app).params if parameter.name == "config")
    assert f"({', '.join(config_loader.PRESETS)})" in str(getattr(config, "help", ""))
    assert OutputConfig().output_dir == DEFAULT_RUN
