"""Runs that start from another model: what is taken over, what is refused, and that resuming stays exact."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.cli import RunCli
from tests.support.runs import same
from wavegan_src.architectures.table import spec_of
from wavegan_src.config_loader import load_config, to_json, validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import open_dataset
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_gan
from wavegan_src.trainer.warm_start import read_warm_start, start_from
from wavegan_src.utils.errors import UserError

CPU = torch.device("cpu")
MEASURED = (
    "mean_spectrum",
    "spectrum_components",
    "rates",
    "swings",
    "rate_loadings",
    "tone.weight",  # corrects what is measured, and begins at 0
    "tone.bias",
)  # of the training clips, by `meet`
SIZES = {
    "wavegan": {"architecture": "wavegan", "latent_dim": 4, "model_dim": 2},
    "engine": {"architecture": "engine", "latent_dim": 8, "model_dim": 12},
}


@pytest.fixture(params=list(SIZES))
def values(request: pytest.FixtureRequest, tiny_values: dict[str, Any], few_recordings: Path) -> dict[str, Any]:
    """Raw values of a tiny configuration of each architecture."""
    tiny_values["dataset"]["base_path"] = str(few_recordings)
    tiny_values["model"] = SIZES[request.param]
    tiny_values["training"]["n_critic"] = 1
    return tiny_values


@pytest.fixture
def engine_values(tiny_values: dict[str, Any], few_recordings: Path) -> dict[str, Any]:
    tiny_values["dataset"]["base_path"] = str(few_recordings)
    return {**tiny_values, "model": SIZES["engine"]}


def save(values: dict[str, Any], path: Path, **changed: Any) -> dict[str, Any]:
    """Write a checkpoint of another seed's networks, their average apart from the trained generator."""
    config = validate({**values, "training": {**values["training"], "seed": 99}}, "test")
    gan = build_gan(config, CPU)
    with torch.no_grad():
        for parameter in gan.ema_generator.parameters():
            parameter.mul_(1.25)
    state = gan.state_dict() | {
        "config": config.model_dump(mode="json"),
        "epoch": 3,
        "whitening": None,
        "dataset": {"procedural": False},
    }
    state |= changed
    torch.save({key: value for key, value in state.items() if value is not ...}, path)
    return state


def starting(values: dict[str, Any], path: Path) -> Config:
    return validate({**values, "training": {**values["training"], "init": str(path)}}, "test")


def started(config: Config) -> AnyGAN:
    gan, model = build_gan(config, CPU), read_warm_start(config)
    assert model is not None
    start_from(gan, model)
    return gan


def test_networks_begin_as_the_models_average_and_critic(values: dict[str, Any], tmp_path: Path) -> None:
    state = save(values, tmp_path / "m.tar")
    gan = started(starting(values, tmp_path / "m.tar"))
    assert same(dict(gan.generator.state_dict()), dict(state["generator_ema"]))
    assert same(dict(gan.ema_generator.state_dict()), dict(state["generator_ema"]))
    assert same(dict(gan.critic.state_dict()), dict(state["discriminator"]))
    assert (gan.iteration, gan.generator_step) == (0, 0)
    assert not gan.generator_optimizer.state
    assert not gan.critic_optimizer.state


def test_what_hears_a_runs_own_clips_begins_anew(
    tiny_values: dict[str, Any], few_recordings: Path, tmp_path: Path
) -> None:
    """The drive model's encoder, whose size depends on the length of clips, and its memory of clips."""
    tiny_values["dataset"]["base_path"] = str(few_recordings)
    tiny_values["model"] = {**SIZES["engine"], "architecture": "drive"}
    longer = {**tiny_values, "audio": {**tiny_values["audio"], "audio_length_samples": 8192, "audio_length_seconds": 1}}
    version = spec_of("drive").version
    state = save(longer, tmp_path / "m.tar", architecture_version=version)
    config = starting(tiny_values, tmp_path / "m.tar")
    untrained = build_gan(config, CPU).generator.state_dict()
    for generator in (started(config).generator, started(config).ema_generator):
        for name, weight in generator.state_dict().items():
            anew = name.startswith(("encoder.", "memory."))
            assert torch.equal(weight, untrained[name] if anew else state["generator_ema"][name]), name
    cut = {name: weight for name, weight in state["generator_ema"].items() if not name.startswith("mapping.")}
    save(longer, tmp_path / "cut.tar", generator_ema=cut, architecture_version=version)
    with pytest.raises(UserError, match="do not fit its configuration"):
        read_warm_start(starting(tiny_values, tmp_path / "cut.tar"))


def test_first_steps_are_those_of_a_run_that_had_these_weights(values: dict[str, Any], tmp_path: Path) -> None:
    """Whatever the order in memory that weights are kept in."""
    state = save(values, tmp_path / "m.tar")
    config = starting(values, tmp_path / "m.tar")
    gan, other = started(config), build_gan(config, CPU)
    fresh = other.state_dict()
    other.load_state_dict(
        {**fresh, "generator": state["generator_ema"]}
        | {key: copy.deepcopy(state[key]) for key in ("generator_ema", "discriminator")}
    )
    for step in range(2):
        batch = Batch(0.2 * torch.randn(8, 1, 4096, generator=torch.Generator().manual_seed(step)))
        for one in (gan, other):
            one.step_critic(batch)
            one.step_generator(batch)
    assert same(gan.state_dict(), other.state_dict())


def test_the_users_clips_are_measured_and_all_else_is_kept(engine_values: dict[str, Any], tmp_path: Path) -> None:
    state = save(engine_values, tmp_path / "m.tar")
    config = starting(engine_values, tmp_path / "m.tar")
    gan, anew, dataset = started(config), build_gan(config, CPU), open_dataset(config)
    gan.initialize_from(dataset.spread(gan.clips_wanted))
    anew.initialize_from(dataset.spread(anew.clips_wanted))
    for generator in (gan.generator, gan.ema_generator):
        for name, value in generator.state_dict().items():
            told = anew.generator.state_dict() if name in MEASURED else state["generator_ema"]
            assert torch.equal(value, told[name]), name


def test_half_precision_is_widened(values: dict[str, Any], tmp_path: Path) -> None:
    state = save(values, tmp_path / "m.tar")
    halves = {
        key: {name: value.half() for name, value in state[key].items()} for key in ("generator_ema", "discriminator")
    }
    torch.save(state | halves, tmp_path / "half.tar")
    gan = started(starting(values, tmp_path / "half.tar"))
    for name, value in gan.generator.state_dict().items():
        assert torch.equal(value, halves["generator_ema"][name].float())


def test_without_a_critic_that_one_starts_anew(values: dict[str, Any], tmp_path: Path) -> None:
    save(values, tmp_path / "m.tar", discriminator=...)
    config = starting(values, tmp_path / "m.tar")
    model = read_warm_start(config)
    assert model is not None
    assert "no critic" in model.words
    assert same(dict(started(config).critic.state_dict()), dict(build_gan(config, CPU).critic.state_dict()))


@pytest.mark.parametrize(
    ("architecture", "section", "changed", "told"),
    [
        ("engine", "model", {"model_dim": 13}, ["model.model_dim is 12 there and 13 here"]),
        ("engine", "model", {"latent_dim": 9}, ["model.latent_dim is 8 there and 9 here"]),
        ("engine", "dataset", {"spectral_whitening": True}, ["dataset.spectral_whitening is False there"]),
        (
            "engine",
            "audio",
            {"sample_rate": 4096, "audio_length_samples": 2048},
            ["audio.sample_rate is 8192 there and 4096 here"],
        ),
        ("wavegan", "model", {"kernel_len": 9, "spectral_norm": True}, ["model.kernel_len", "model.spectral_norm"]),
        (
            "wavegan",
            "audio",
            {"audio_length_seconds": 1.0, "audio_length_samples": 8192},
            ["audio.audio_length_samples is 4096 there and 8192 here"],
        ),
        (
            "wavegan",
            "model",
            SIZES["engine"],
            ["architecture is wavegan there and engine here", "model_dim is 2 there"],
        ),
    ],
)
def test_other_networks_are_refused_by_their_keys(
    tiny_values: dict[str, Any],
    tmp_path: Path,
    architecture: str,
    section: str,
    changed: dict[str, Any],
    told: list[str],
) -> None:
    tiny_values["model"] = SIZES[architecture]
    save(tiny_values, tmp_path / "m.tar")
    tiny_values[section] = tiny_values[section] | changed
    with pytest.raises(UserError, match=r"leave --init \(training\.init\) out\.$") as refusal:
        read_warm_start(starting(tiny_values, tmp_path / "m.tar"))
    assert all(words in str(refusal.value) for words in told)
    assert "\n" not in str(refusal.value)


def test_an_engine_model_goes_on_with_clips_of_another_length(engine_values: dict[str, Any], tmp_path: Path) -> None:
    save(engine_values, tmp_path / "m.tar")
    engine_values["audio"] = engine_values["audio"] | {"audio_length_seconds": 1.0, "audio_length_samples": 8192}
    gan = started(starting(engine_values, tmp_path / "m.tar"))
    assert gan.generator(torch.zeros(1, 8)).shape == (1, 1, 8192)


def test_files_that_cannot_be_used_are_told_in_a_sentence(values: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "m.tar"
    state = save(values, path)
    content = path.read_bytes()
    torch.save({"weights": torch.zeros(3)}, tmp_path / "foreign.tar")
    torch.save(state | {"discriminator": {}}, tmp_path / "hollow.tar")
    torch.save(state | {"generator_ema": 3}, tmp_path / "number.tar")
    burst = {name: value / 0 for name, value in state["generator_ema"].items()}
    torch.save(state | {"generator_ema": burst}, tmp_path / "burst.tar")
    (tmp_path / "cut.tar").write_bytes(content[: len(content) // 2])
    for name, words in (
        ("cut.tar", "is damaged or not a checkpoint.*name another model with --init"),
        ("foreign.tar", "not a WaveGAN checkpoint .*--init"),
        ("hollow.tar", "do not fit its configuration"),
        ("number.tar", "do not fit its configuration"),
        ("burst.tar", "NaN or infinity: name another model with --init"),
        ("missing.tar", "or pretrained for the included model"),
        ("", "There is no trained model"),  # the working folder
    ):
        with pytest.raises(UserError, match=words) as told:
            read_warm_start(starting(values, tmp_path / name))
        assert "\n" not in str(told.value)


def test_the_model_in_the_box_is_for_the_fast_preset() -> None:
    model = read_warm_start(load_config("config_fast", {"training.init": "pretrained"}))
    assert model is not None
    assert model.critic is not None
    with pytest.raises(UserError, match="config_fast does"):
        read_warm_start(load_config("config", {"training.init": "pretrained"}))
    assert read_warm_start(load_config("config_fast")) is None


def test_a_resumed_run_equals_an_uninterrupted_one(values: dict[str, Any], cli: RunCli, tmp_path: Path) -> None:
    """From the command line, to the last bit, and without the file that it started from."""
    states = []
    save(values, tmp_path / "m.tar")
    content = (tmp_path / "m.tar").read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    for name, parts in (("parts", (1, 2)), ("whole", (2,))):
        (tmp_path / "m.tar").write_bytes(content)
        values["output"]["output_dir"] = name
        (tmp_path / "c.json").write_text(to_json(validate(values, "test")))
        for part, epochs in enumerate(parts):
            beginning = ("--init", "m.tar") if part == 0 else ()
            done = cli("--config", "c.json", "--epochs", str(epochs), *beginning)
            assert done.returncode == 0, done.stderr
            assert ("Starting from m.tar (after epoch 3" in done.stdout) == (part == 0)
            (tmp_path / "m.tar").unlink(missing_ok=True)
        snapshot = json.loads((tmp_path / name / "epochs_statistics" / "experiment_config.json").read_text())
        assert snapshot["training"]["init"] == str(tmp_path / "m.tar")
        assert (snapshot["run_info"]["init"], snapshot["run_info"]["init_sha256"]) == ("m.tar", sha256)
        state = torch.load(tmp_path / name / "checkpoints" / "final_model.tar", weights_only=True)
        states.append({key: state[key] for key in state.keys() - {"profile", "log", "config"}})
    assert [key for key in states[0] if not same(states[0][key], states[1][key])] == []


def test_a_new_run_may_start_from_the_one_it_takes_the_place_of(
    engine_values: dict[str, Any], cli: RunCli, tmp_path: Path
) -> None:
    engine_values["output"]["output_dir"] = "run"
    (tmp_path / "c.json").write_text(to_json(validate(engine_values, "test")))
    model = "run/checkpoints/final_model.tar"
    for folder in (None, "run", "run/generated"):  # nothing, or nothing trained
        if folder is not None:
            (tmp_path / folder).mkdir()
        before = sorted(tmp_path.rglob("*"))
        missing = cli("--config", "c.json", "--epochs", "1", "--init", model)
        assert (missing.returncode, "There is no checkpoint run" in missing.stderr) == (2, True)
        assert sorted(tmp_path.rglob("*")) == before
    assert cli("--config", "c.json", "--epochs", "1").returncode == 0
    other = cli("--config", "c.json", "--epochs", "2", "--init", model)
    assert (other.returncode, "leave --init out" in other.stderr) == (2, True)
    wrong = cli("--config", "c.json", "--fresh", "--init", "nothing.tar")
    assert (wrong.returncode, (tmp_path / "run.old-1").exists()) == (2, False)
    again = cli("--config", "c.json", "--epochs", "1", "--fresh", "--init", model)
    assert again.returncode == 0, again.stderr
    assert "Starting from run/checkpoints/final_model.tar (after epoch 1" in again.stdout
    assert (tmp_path / "run.old-1" / "checkpoints" / "final_model.tar").is_file()


def test_a_dry_run_checks_the_model(engine_values: dict[str, Any], cli: RunCli, tmp_path: Path) -> None:
    save(engine_values, tmp_path / "m.tar")
    (tmp_path / "c.json").write_text(to_json(validate(engine_values, "test")))
    told = cli("--config", "c.json", "--dry-run", "--init", "m.tar")
    assert told.returncode == 0, told.stderr
    assert "begins  with m.tar (after epoch 3" in told.stdout
    wrong = cli("--config", "c.json", "--dry-run", "--init", "pretrained")
    assert (wrong.returncode, "model.model_dim is 192 there and 12 here" in wrong.stderr) == (2, True)
    clips = cli("--generate-only", "1", "--init", "pretrained")
    assert (clips.returncode, "name it with --checkpoint" in clips.stderr) == (2, True)
