from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

from wavegan_src.analytics import draw_plots
from wavegan_src.audio_files import write_wav
from wavegan_src.config_loader import to_json
from wavegan_src.config_schema import Config
from wavegan_src.metrics import EPOCH_COLUMNS, CsvLog
from wavegan_src.report import write_report
from wavegan_src.run_folder import RunFolder
from wavegan_src.training import CHECKPOINT_COLUMNS


class Links(HTMLParser):
    """Collects tags and every address that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def make_run(folder: RunFolder, config: Config) -> None:
    folder.create()
    folder.config_snapshot.write_text(to_json(config, {"command": "<script>alert(1)</script>"}))
    for path, columns in ((folder.epoch_csv, EPOCH_COLUMNS), (folder.checkpoint_csv, CHECKPOINT_COLUMNS)):
        table = CsvLog(path, columns)
        for epoch in (1, 2, 3):
            row: dict[str, Any] = {name: epoch if name in ("epoch", "iteration") else 0.5 / epoch for name in columns}
            if "logmel_frechet_noise" in row:
                row |= {"logmel_frechet_noise": 9.0, "logmel_frechet_real": 0.01, "best": True}
            table.append(row)
    for name in ("real_01", "epoch_00003_01"):
        write_wav(folder.samples / f"{name}.wav", np.zeros(4096, np.float32), 8192)
    draw_plots(folder, config)


def test_the_page_is_self_contained_with_plots_players_and_verdicts(tmp_path: Path, tiny_config: Config) -> None:
    folder = RunFolder(tmp_path)
    make_run(folder, tiny_config)
    page = write_report(folder).read_text()
    links = Links()
    links.feed(page)
    assert all(address.startswith("data:") for address in links.addresses)
    assert links.tags.count("audio") == 2
    assert links.tags.count("img") == 4
    assert "of the way from noise to real" in page
    assert "epoch 3 of 2" in page
    assert "<script>" not in page  # values are escaped
    assert "kernel_len" in page


def test_an_unfinished_run_has_a_page_too(tmp_path: Path, tiny_config: Config) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    folder.config_snapshot.write_text(to_json(tiny_config))
    assert "None before the first checkpoint" in write_report(folder).read_text()
