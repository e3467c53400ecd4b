"""ONNX files: what they say of themselves, and what cannot be one."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch

from tests.support.driving import small_model
from wavegan_src.data.whitening import Whitening
from wavegan_src.generation.formats.onnx_file import (
    IR_VERSION,
    OPSET,
    RUNTIME,
    check_installed,
    check_writable,
    file_of,
    write_onnx,
)
from wavegan_src.generation.model import TrainedModel
from wavegan_src.utils.errors import UserError


def test_it_states_opset_runtime_and_facts(model: TrainedModel, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    assert write_onnx(model, path) == path.stat().st_size
    found = onnx.load(str(path))
    assert [(each.domain, each.version) for each in found.opset_import] == [("", OPSET)]
    assert found.ir_version == IR_VERSION
    metadata = {each.key: each.value for each in found.metadata_props}
    assert metadata["runtime"] == RUNTIME
    assert metadata["architecture"] == "drive"
    assert metadata["rate"] == str(model.config.audio.sample_rate)
    assert RUNTIME in found.doc_string
    assert "rpm / 120" in next(each.doc_string for each in found.graph.input if each.name == "speed")


def test_the_same_model_gives_the_same_bytes(model: TrainedModel) -> None:
    assert file_of(model) == file_of(model)


def test_what_no_graph_can_do_is_said(tiny_values: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="draws noise from the latent vector"):
        file_of(small_model(tiny_values, "engine"))
    whitened = replace(small_model(tiny_values, "wavegan"), whitening=Whitening(torch.zeros(128)))
    with pytest.raises(UserError, match="trained on whitened clips"):
        file_of(whitened)


def test_only_a_name_of_its_kind_is_taken(tmp_path: Path) -> None:
    check_writable(tmp_path / "new.onnx")
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        check_writable(tmp_path / "folder.onnx")
    with pytest.raises(UserError, match=r"ends in \.onnx"):
        check_writable(tmp_path / "model.tar")


def test_a_missing_package_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed()
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"pip install \"\.\[onnx\]\""):
        check_installed()
