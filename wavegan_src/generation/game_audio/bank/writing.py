"""A bank as a folder: sounds, tables, the target's own files, how to import them, and the manifest."""

from pathlib import Path

from wavegan_src.generation.driving.files import curve_table
from wavegan_src.generation.game_audio.bank.contents import Bank, BankLoop, Role
from wavegan_src.generation.game_audio.bank.manifest import MANIFEST, manifest_of
from wavegan_src.generation.game_audio.bank.targets.readme import README, readme
from wavegan_src.generation.game_audio.bank.targets.target import Target
from wavegan_src.generation.game_audio.folder import whole_folder
from wavegan_src.generation.game_audio.loops.files import as_json
from wavegan_src.generation.game_audio.wav import loop_wav, plain_wav
from wavegan_src.utils.files import check_free_space, write_bytes_atomically, write_text_atomically


def write_bank(bank: Bank, target: Target, folder: Path) -> list[str]:
    """Write a bank for a target; the names of its files, the manifest last.

    Raises:
        UserError: the folder holds something else or cannot be written; it then stays as it was.
    """
    with whole_folder(folder, MANIFEST, "the bank") as stage:
        sounds = target.sounds(bank.facts.name)
        samples = sum(len(loop.samples) for loop in bank.loops) + sum(len(ramp.samples) for ramp in bank.ramps)
        check_free_space(stage, samples * bank.bits // 8)
        files = []
        for loop in bank.loops:
            pitch = loop.rpm / bank.facts.rpm_per_hertz
            content = loop_wav(loop.samples, bank.sample_rate, label_of(loop), pitch, bank.bits)
            write_bytes_atomically(stage / sounds / loop.file, content)
            files.append(sounds + loop.file)
        for ramp in bank.ramps:
            parts = f"{sounds}{ramp.name}.wav", f"{sounds}{ramp.name}{target.tables}"
            write_bytes_atomically(stage / parts[0], plain_wav(ramp.samples, bank.sample_rate, bank.bits))
            write_bytes_atomically(stage / parts[1], curve_table(ramp.curve).encode())
            files += parts
        texts = {**target.texts(bank), README: readme(bank, target)}
        for name, text in texts.items():
            write_bytes_atomically(stage / name, text.encode())
            files.append(name)
        write_text_atomically(stage / MANIFEST, as_json(manifest_of(bank, target.name, sounds, target.tables, files)))
    return [*files, MANIFEST]


def label_of(loop: BankLoop) -> str:
    """What the loop's start is called in its file."""
    if loop.role is Role.LIMITER:
        return f"limiter, {loop.rpm:.1f} rpm in the mean"
    return f"{loop.rpm:.1f} rpm, load {loop.load:g}"
