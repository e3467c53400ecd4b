import json
from pathlib import Path
from typing import Any

import json5
import pytest

from wavegan_src import config_loader
from wavegan_src.config_loader import describe, find_config, flatten, load_config, render_template, to_json, validate
from wavegan_src.config_schema import Config
from wavegan_src.utils.errors import UserError


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "custom_config.json"
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(values: dict[str, Any]) -> str:
    with pytest.raises(UserError) as error:
        validate(values, source="my.json")
    return str(error.value)


def test_the_descriptions_values_are_the_defaults_and_the_production_preset() -> None:
    for config in (Config(), load_config(), load_config("config.json")):
        assert (config.model.latent_dim, config.model.model_dim, config.model.kernel_len) == (100, 128, 25)
        training = config.training
        assert (training.batch_size, training.epochs, training.learning_rate) == (128, 5000, 0.0001)
        assert (training.n_critic, training.gp_weight) == (5, 10.0)
        assert (training.adam_beta1, training.adam_beta2) == (0.5, 0.9)
        audio = config.audio
        assert (audio.sample_rate, audio.audio_length_seconds, audio.audio_length_samples) == (22050, 2.0, 44100)
        assert config.dataset.base_path == "../01_dataset_prep/dataset-processed/final"


def test_the_test_preset_is_small_and_needs_no_recordings() -> None:
    config = load_config("config_test")
    assert (config.training.epochs, config.training.batch_size) == (15, 8)
    assert config.model.model_dim < 128
    assert config.dataset.source == "procedural"


def test_every_shipped_preset_is_valid() -> None:
    for name in config_loader.PRESETS:
        load_config(name)
    assert {path.stem for path in config_loader.PRESET_DIR.rglob("config*.json")} == set(config_loader.PRESETS)


def test_the_preset_at_48_khz_is_the_fast_one_at_another_rate() -> None:
    fast, high = (flatten(load_config(name)) for name in ("config_fast", "config_fast_48k"))
    assert {key: high[key] for key in fast if fast[key] != high[key]} == {
        "audio.sample_rate": 48000,
        "audio.audio_length_samples": 96000,
    }


@pytest.mark.parametrize("name", config_loader.PRESETS)
def test_a_preset_of_a_room_below_is_found_from_any_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == find_config(f"{name}.json")
    (tmp_path / f"{name}.json").touch()
    assert find_config(f"{name}.json").resolve() == tmp_path / f"{name}.json"


def test_the_template_tells_the_truth_on_every_key() -> None:
    text = (config_loader.PRESET_DIR / "config_template.json").read_text()
    assert text == render_template()
    assert validate(json5.loads(text), "template") == Config()
    lines = text.splitlines()
    for key, default in flatten(Config()).items():
        at = next(i for i, line in enumerate(lines) if line.startswith(f'    "{key.split(".")[1]}": '))
        assert lines[at - 1].endswith(f"; default {json.dumps(default)}."), key
        assert lines[at - 2].lstrip().startswith("// "), key


@pytest.mark.parametrize(
    "text",
    [
        '{"training": {"epochs": 7}}',
        '// note\n{"training": {"epochs": 7, /* why */ },}',
        '\ufeff{"training": {"epochs": 7}} // byte order mark',
    ],
)
def test_json_may_hold_comments_and_trailing_commas(tmp_path: Path, text: str) -> None:
    assert load_config(write(tmp_path, text)).training.epochs == 7


def test_command_line_wins_over_file_wins_over_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, '{"training": {"epochs": 7, "batch_size": 9}}')
    training = load_config(path, {"training.epochs": 3, "training.seed": None, "model.model_dim": 5}).training
    assert (training.epochs, training.batch_size, training.n_critic) == (3, 9, 5)


def test_an_older_snapshot_keeps_its_meaning_as_a_configuration(tmp_path: Path) -> None:
    plain = write(tmp_path, '{"dataset": {"overlap": 0.25}}')
    assert load_config(plain).dataset.copies == "together"
    older = write(tmp_path, '{"dataset": {"overlap": 0.25}, "run_info": {"wavegan": "0.2.0"}}')
    assert load_config(older).dataset.copies == "apart"
    newer = write(tmp_path, '{"dataset": {"copies": "together"}, "run_info": {"wavegan": "0.3.0"}}')
    assert load_config(newer).dataset.copies == "together"


def test_snapshot_round_trip(tmp_path: Path) -> None:
    config = load_config("config_test", {"training.seed": 5})
    path = write(tmp_path, to_json(config, run_info={"command": "x"}))
    assert load_config(path) == config
    assert json.loads(Path(path).read_text())["run_info"] == {"command": "x"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"training": {"batchsize": 8}},
            "Unknown key training.batchsize in my.json. Did you mean training.batch_size?",
        ),
        ({"modle": {}}, "Did you mean model?"),
        ({"batch_size": 8}, "Did you mean training.batch_size?"),
        ({"audio": {"xyzzy": 8}}, ": audio.sample_rate, audio.audio_length_seconds, "),
        ({"training": {"batch_size": 0}}, "training.batch_size is 0 in my.json: it must be a whole number at least 1"),
        ({"training": {"epochs": "3"}}, 'training.epochs is "3" in my.json: it must be a whole number at least 1'),
        ({"training": {"epochs": 2.5}}, "it must be a whole number"),
        ({"training": {"epochs": True}}, "training.epochs is true"),
        ({"training": {"learning_rate": float("nan")}}, "it must be a number more than 0 and at most 1"),
        ({"training": {"adam_beta1": 1}}, "at least 0 and less than 1"),
        ({"audio": {"normalization": "loud"}}, 'it must be one of "peak", "rms", "none"'),
        ({"dataset": {"spectral_whitening": "yes"}}, "it must be true or false"),
        ({"dataset": {"cache_dir": 4}}, "it must be a string in quotes or null"),
        ({"model": 3}, "it must be a section"),
        ({"output": {"output_dir": ""}}, "it must be a string in quotes that is not empty"),
        (
            {
                "model": {"phase_shuffle": 4},
                "audio": {"sample_rate": 4096, "audio_length_seconds": 1.0, "audio_length_samples": 4096},
            },
            "use at most 3, or longer clips",
        ),
        ({"audio": {"sample_rate": 44100}}, "44100 Hz x audio_length_seconds 2 s is 88200: make the three agree"),
    ],
)
def test_mistakes_are_named_with_what_is_allowed(values: dict[str, Any], expected: str) -> None:
    message = refusal(values)
    assert expected in message
    assert "\n" not in message


def test_all_mistakes_are_told_at_once() -> None:
    assert len(refusal({"training": {"epochs": 0, "seeds": 1}, "model": {"model_dim": -1}}).splitlines()) == 3


def test_a_mistake_on_the_command_line_is_placed_there() -> None:
    with pytest.raises(UserError, match=r"training.batch_size is -1 on the command line"):
        load_config("config", {"training.batch_size": -1})


def test_a_mistake_in_the_file_is_placed_there_whatever_options_exist(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"training.epochs is 0 in .*custom_config.json"):
        load_config(write(tmp_path, '{"training": {"epochs": 0}}'), {"training.epochs": None})


def test_44100_hz_works_by_configuration() -> None:
    values = {"sample_rate": 44100, "audio_length_seconds": 2.0, "audio_length_samples": 88200}
    assert validate({"audio": values}, "x").audio.audio_length_samples == 88200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("[1]", "must contain one object"),
        ('{"training": {"epochs": 1, "epochs": 2}}', "not valid JSON"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        load_config(write(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"audio": {}}'.encode("utf-16"), "is not UTF-8 text but UTF-16: save it as UTF-8"),
        (b"[" * 100_000, "too large for a configuration"),
        (b"[" * 20_000, "nested too deeply"),
        (b'{"output": {"output_dir": "a\\u0000b"}}', "zero byte"),
        (b'{"dataset": {"base_path": "~nosuchuser/x"}}', "no user nosuchuser"),
    ],
)
def test_no_file_ends_in_a_traceback(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(content)
    with pytest.raises(UserError, match=words):
        load_config(str(tmp_path / "c.json"))


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder"):
        load_config(str(tmp_path))
    with pytest.raises(UserError, match="Did you mean config_test"):
        load_config("confg_test")
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xb1"}')
    with pytest.raises(UserError, match="not UTF-8 text: save it"):
        load_config(str(tmp_path / "latin.json"))


def test_a_file_wins_over_a_preset_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.json").write_text('{"training": {"epochs": 3}}')
    assert load_config("config.json").training.epochs == 3
    (tmp_path / "config").mkdir()
    assert load_config("config").training.epochs == 5000


def test_descriptions_for_help_give_meaning_and_range() -> None:
    assert describe("training.batch_size").startswith("Clips in one critic step")
    assert "(a whole number at least 1 and at most 65536)" in describe("training.batch_size")


def test_plain_json_is_read_as_json_with_comments_is(tmp_path: Path) -> None:
    snapshot = to_json(Config(), {"kernels": "any"})
    assert load_config(write(tmp_path, snapshot)) == load_config(write(tmp_path, f"// a comment\n{snapshot}"))
    for text in ('{"audio": {}, "audio": {}}', '// a comment\n{"audio": {}, "audio": {}}'):
        with pytest.raises(UserError, match="the key audio is given twice"):
            load_config(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (f'{{"audio": [{"0," * 20_000}]}}', "32 KiB with comments"),  # not plain JSON: a trailing comma
        (f'{{"audio": [{"0," * 600_000}0]}}', "1 MiB in plain JSON"),
    ],
)
def test_what_would_take_long_to_read_is_refused(tmp_path: Path, text: str, most: str) -> None:
    with pytest.raises(UserError, match=f"custom_config.json is too large for a configuration: .*{most}"):
        load_config(write(tmp_path, text))


def test_thousands_of_mistakes_are_counted() -> None:
    lines = refusal({f"key_{number}": 1 for number in range(5000)}).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "And 4980 more."


@pytest.mark.parametrize("value", ["9" * 20, "-" + "9" * 20, "9" * 400])
def test_no_number_is_without_bounds(value: str) -> None:
    for key, default in flatten(Config()).items():
        if isinstance(default, bool) or not isinstance(default, int | float):
            continue
        section, name = key.split(".")
        assert refusal({section: {name: int(value)}}).splitlines()[0].startswith(f"{key} is {value[:100]}"), key
