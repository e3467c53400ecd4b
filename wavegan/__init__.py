"""Train a WaveGAN on engine recordings, generate new engine sounds, and evaluate them.

    import wavegan

    model = wavegan.load("pretrained")                  # or a run's folder, or a .tar file
    clips = model.generate(seeds=[17, 18], seconds=4)   # float32, (clips, samples)
    wavegan.write_wav("engine.wav", clips[0], model.sample_rate)

    run = wavegan.train("config_fast")
    result = wavegan.evaluate(real="recordings", generated=clips)
    print(result["kad"].value, result["kad"].position)

A user's mistake raises `UserError`, whose message says what to do. `import wavegan` is fast: PyTorch is imported when
a name is first used. `docs/python-api.md` describes every name.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from wavegan_src import __version__

if TYPE_CHECKING:
    from wavegan.audio import synthesize, write_wav
    from wavegan.evaluation import Evaluation, Score, evaluate, two_sample_test
    from wavegan.model import Model, load
    from wavegan.stream import EngineStream
    from wavegan.training import Run, train
    from wavegan_src.config_loader import load_config
    from wavegan_src.config_schema import Config
    from wavegan_src.trainer.observers.observer import TrainingObserver
    from wavegan_src.utils.errors import UserError

__all__ = [
    "Config",
    "EngineStream",
    "Evaluation",
    "Model",
    "Run",
    "Score",
    "TrainingObserver",
    "UserError",
    "__version__",
    "evaluate",
    "load",
    "load_config",
    "synthesize",
    "train",
    "two_sample_test",
    "write_wav",
]

_HOMES = {
    "Config": "wavegan_src.config_schema",
    "EngineStream": "wavegan.stream",
    "Evaluation": "wavegan.evaluation",
    "Model": "wavegan.model",
    "Run": "wavegan.training",
    "Score": "wavegan.evaluation",
    "TrainingObserver": "wavegan_src.trainer.observers.observer",
    "UserError": "wavegan_src.utils.errors",
    "evaluate": "wavegan.evaluation",
    "load": "wavegan.model",
    "load_config": "wavegan_src.config_loader",
    "synthesize": "wavegan.audio",
    "train": "wavegan.training",
    "two_sample_test": "wavegan.evaluation",
    "write_wav": "wavegan.audio",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
