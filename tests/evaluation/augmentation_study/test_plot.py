from pathlib import Path

import pytest

from tests.support.studies import controls_passed, made_up_report
from wavegan_src.evaluation.augmentation_study.plot import result_figure, save_figure
from wavegan_src.evaluation.augmentation_study.scoring import HELPED


def test_every_arm_has_a_line_and_the_controls_a_panel_of_their_own() -> None:
    figure = result_figure(made_up_report(controls_passed(HELPED)))
    above, below = ([label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes)
    assert above[0] == "real"
    assert above[1] == "real + classical, 0.5 (helped)"
    assert len(above) == 1 + 4 * 2
    assert below == ["shuffled labels", "only shuffled labels", "planted signal"]


@pytest.mark.draws
def test_it_is_written_as_a_picture(tmp_path: Path) -> None:
    save_figure(tmp_path / "results.png", made_up_report(controls_passed(HELPED)))
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
