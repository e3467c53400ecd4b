import json
from typing import Any

from tests.support.cli import write_config
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.profiling import WARM_UP


def test_a_trace_of_n_iterations_is_written_and_the_run_is_the_same(
    tiny_values: dict[str, Any], tmp_path: Any, cli: Any
) -> None:
    config = write_config(tmp_path, tiny_values, tmp_path / "run")
    result = cli("--config", str(config), "--epochs", "1", "--profile", "3")
    assert result.returncode == 0, result.stderr
    assert "arning" not in result.stderr  # the profiler itself tells there that it starts and stops
    (path,) = RunFolder(tmp_path / "run").traces.iterdir()
    assert path.name == f"trace_iterations_{WARM_UP + 1}-{WARM_UP + 3}.json"
    assert str(path) in result.stdout
    events = json.loads(path.read_text())["traceEvents"]
    names = [event.get("name", "") for event in events if event.get("ph") == "X"]
    assert names.count("critic") == 3
    assert names.count("generator") == 1  # n_critic is 3: after iteration 3
    assert any("conv" in name for name in names)


def test_more_iterations_than_there_are_end_with_the_run(tiny_values: dict[str, Any], tmp_path: Any, cli: Any) -> None:
    config = write_config(tmp_path, tiny_values, tmp_path / "run")
    result = cli("--config", str(config), "--epochs", "1", "--profile", "900")
    assert result.returncode == 0, result.stderr
    assert [path.name for path in RunFolder(tmp_path / "run").traces.iterdir()] == ["trace_iterations_3-6.json"]


def test_it_goes_with_training_alone(cli: Any) -> None:
    result = cli("--dry-run", "--profile", "3")
    assert (result.returncode, "--profile" in result.stderr) == (2, True)
