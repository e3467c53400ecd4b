"""Kinds of cases about files that people bring: sounds, latent vectors, configurations."""

import io
import json
from typing import Any

import numpy as np
import soundfile

from tests.fuzz.base import CONFIG, Case, values
from tests.fuzz.mutations import ODD_TEXTS, ODD_VALUES, spoil_bytes, spoil_head, spoil_values
from tests.support.cli import Completed
from tests.support.runs import TINY_RATE

FORMATS = ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "W64", "RF64", "CAF", "VOC")
SUFFIXES = ("wav", "flac", "ogg", "mp3", "aiff", "au", "w64", "m4a", "WAV", "wma", "txt")
RATES = (8000, TINY_RATE, 16000, 44100)


def audio(case: Case) -> list[Completed]:
    """Spoilt sound files under any suffix."""
    random = case.random
    for number in range(int(random.integers(1, 4))):
        kind = case.pick(*FORMATS)
        rate = 16000 if kind == "MP3" else int(random.choice(RATES))
        sound = random.standard_normal((int(random.integers(1, rate)), int(random.integers(1, 3)))) * 0.2
        file = io.BytesIO()
        soundfile.write(file, sound, rate, format=kind)
        spoil = spoil_head if case.chance(0.6) else spoil_bytes
        name = f"odd_{number}.{kind.lower() if case.chance(0.7) else case.pick(*SUFFIXES)}"
        (case.folder / "raw" / name).write_bytes(spoil(file.getvalue(), random))
    if case.chance(0.7):
        return [case.run("prepare", "raw", "new", "--config", CONFIG, "--workers", "1")]
    return [case.run("--config", CONFIG, "--output-dir", "new", "--dry-run")]


def latents(case: Case) -> list[Completed]:
    """Spoilt files of latent vectors."""
    random = case.random
    shape = tuple(int(random.integers(0, 6)) for _ in range(int(random.integers(0, 4))))
    good = random.standard_normal((3, 4)).astype(np.float32)
    types = (np.float32, np.float64, np.int64, np.bool_, np.complex64, "U3", "M8[s]")
    chosen: Any = types[int(random.integers(len(types)))]
    array = good if case.chance(0.4) else np.zeros(shape).astype(chosen)
    if case.chance(0.2):
        array = good * np.float32(random.choice([1e30, np.nan, np.inf, -1e38]))
    file = io.BytesIO()
    np.save(file, array)
    content = file.getvalue()
    if case.chance(0.6):
        content = spoil_head(content, random, 128) if case.chance(0.5) else spoil_bytes(content, random)
    (case.folder / "z.npy").write_bytes(content)
    return [case.run("--config", CONFIG, "--latents", "z.npy")]


def configurations(case: Case) -> list[Completed]:
    """Spoilt configuration files, by value or by letter."""
    random = case.random
    chosen = values()
    if case.chance(0.7):
        spoil_values(chosen, random, 3)
    if case.chance(0.1):
        chosen["model"] = json.loads("[" * 200 + "]" * 200)
    text = json.dumps(chosen, indent=case.chance(0.5) or None)
    if case.chance(0.1):
        text = "// a comment\n" + text.replace('"', "'")
    encoding = case.pick("utf-8", "utf-8", "utf-8", "utf-16", "latin-1", "utf-8-sig")
    content = text.encode(encoding, "replace")
    if case.chance(0.5):
        content = spoil_bytes(content, random)
    (case.folder / "odd.json").write_bytes(content)
    return [case.run("--config", "odd.json", "--output-dir", "new", "--dry-run")]


def options(case: Case) -> list[Completed]:
    """Odd values of options, some of them paths."""
    plain = ("--epochs", "--batch-size", "--learning-rate", "--num-workers", "--seed", "--device", "--truncation")
    more = ("--seconds", "--interpolate", "--config", "--data", "--init", "--latents", "--generate-only")
    texts = [str(value) for value in ODD_VALUES if isinstance(value, str | int | float)]
    texts = [text for text in texts if "\0" not in text]  # no shell can pass it
    chosen = [(case.pick(*plain, *more), case.pick(*texts)) for _ in range(int(case.random.integers(1, 3)))]
    given = [part for name, text in chosen for part in (f"{name}={text}",)]
    dry = [] if any("generate" in text or "latents" in text or "interpol" in text for text in given) else ["--dry-run"]
    return [case.run("--config", CONFIG, "--output-dir", "new", *given, *dry)]


def paths(case: Case) -> list[Completed]:
    """Odd paths for every option and argument that is one."""
    import os

    (case.folder / "loop").symlink_to("loop")
    os.mkfifo(case.folder / "pipe")
    (case.folder / "link").symlink_to("pipe")
    (case.folder / "way").mkdir()
    (case.folder / "way" / case.pick("x.wav", ".lock", "epochs_statistics", "checkpoints")).symlink_to("../pipe")
    odd = [text for text in ODD_TEXTS if "\0" not in text]
    path = case.pick(*odd, "x" * 300, "x/" * 3000, "loop", "loop/x", "pipe", "link", "way", "/dev/zero", CONFIG, "raw")
    config = ("--config", CONFIG)
    commands = (
        ("--config", path, "--dry-run"),
        (*config, "--data", path, "--dry-run"),
        (*config, "--output-dir", path, "--dry-run"),
        (*config, "--output-dir", path, "--fresh", "--dry-run"),
        (*config, "--output-dir", path, "--generate-only", "1", "--checkpoint", "run"),
        (*config, "--init", path, "--output-dir", "new", "--dry-run"),
        (*config, "--generate-only", "1", "--checkpoint", path),
        (*config, "--generate-only", "1", "--data", path),
        (*config, "--latents", path),
        ("prepare", path, "new", *config),
        ("prepare", "raw", path, *config),
        ("synth", path, "--count", "1", "--seconds", "0.1", "--workers", "1", "--sample-rate", "8000"),
        ("status", path),
        ("report", path),
        ("report", "run", path),
        ("report", "run", "--out", path),
        ("evaluate", "--real", path, "--generated", "raw", "--measures", "long_term_spectrum", "--count", "2"),
        ("evaluate", "--real", "raw", "--generated", path, "--measures", "long_term_spectrum", "--count", "2"),
        ("evaluate", *config, "--checkpoint", path, "--measures", "long_term_spectrum", "--count", "2"),
        ("listening-test", "raw", path, "--out", "new"),
        ("listening-test", "raw", "raw", "--out", path),
        ("evaluate", *config, "--data", path, "--measures", "long_term_spectrum", "--count", "2"),
    )
    command = commands[int(case.random.integers(len(commands)))]
    if path in ("/", "../..", "") and command[0] in ("prepare", "synth"):
        return []  # the whole machine, which is allowed and takes long
    return [case.run(*command)]
