from pathlib import Path

import pytest

from tests.support.listening import answers, save, small_design
from wavegan_src.evaluation.listening.analysis import analyse
from wavegan_src.evaluation.listening.answers import read_answers
from wavegan_src.evaluation.listening.plot import result_figure

SCORES = {"hidden reference": 100, "3.5 kHz low-pass": 40, "shaped noise": 5, "ours": 70, "theirs": 60}


@pytest.mark.parametrize(("trials", "abx", "panels"), [(2, 2, 2), (2, 0, 1), (0, 2, 1)])
def test_what_was_asked_has_a_panel(trials: int, abx: int, panels: int, tmp_path: Path) -> None:
    design = small_design(trials, abx)
    path = save(tmp_path / "a.json", answers(design, "Ann", SCORES))
    figure = result_figure(analyse(read_answers([path])))
    assert len(figure.axes) == panels
    labels = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    assert labels.count("ours") == panels
    assert ("shaped noise" in labels) == (trials > 0)
