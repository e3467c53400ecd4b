"""The table at the end of `prepare`: what was found in the recordings and done about it."""

from collections import Counter
from collections.abc import Sequence

from wavegan_src.config_schema import AudioConfig, DatasetConfig
from wavegan_src.data.decoding.findings import Finding, findings, too_faint
from wavegan_src.data.prepare.output import KEPT, Record
from wavegan_src.utils.format import format_count, format_counts


def report(
    records: Sequence[Record], dropped: Counter[str], audio: AudioConfig, dataset: DatasetConfig
) -> list[Finding]:
    """The lines of the table.

    Args:
        records: of all recordings.
        dropped: number of windows and files without a clip, by reason.
        audio, dataset: how they were cut.
    """
    facts = {name: fact for record in records for name in record.sources if (fact := record.facts_of(name)) is not None}
    useful = {row.source for record in records for row in record.rows if row.status == KEPT}
    return [
        *findings(facts, audio.sample_rate, audio.high_pass_hz),
        too_faint(facts, useful, dataset.silence_threshold_db),
        _copies(records, dataset),
        Finding("Dropped", format_counts(dropped) if dropped else "nothing"),
    ]


def _copies(records: Sequence[Record], dataset: DatasetConfig) -> Finding:
    if dataset.copies != "together":
        return Finding("Copies", f'not searched for, because dataset.copies is "{dataset.copies}"')
    alike = {row.source for record in records for row in record.rows if row.same_sound_as}
    text = f"{format_count(len(alike), 'file')} with the same sound as others (same_sound_as in the manifest)"
    return Finding("Copies", text if alike else "none")
