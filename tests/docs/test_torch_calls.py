"""The page's table of PyTorch's functions is that of the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

import polyad
from polyad.errors import PolyadError

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("torch_calls", ROOT / "docs" / "torch_calls.py")
torch_calls = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(torch_calls)


def test_the_table_is_up_to_date():
    assert torch_calls.page() == torch_calls.PAGE.read_text("utf-8"), "run make reference"


def test_each_module_has_functions():
    for module, names in torch_calls.listed().items():
        assert len(names) > 10, module
    assert "scaled_dot_product_attention" in torch_calls.listed()["nn.functional"]


def test_what_is_refused_is_not_listed():
    refused = {
        name for names, row in torch_calls.table._REGISTERED if row.refused for name in names
    }
    assert {"as_strided", "Tensor.stride", "Tensor.chalf"} <= refused
    listed = torch_calls.listed()
    assert not any(name.rpartition(".")[2] in listed["Tensor"] for name in refused)
    with pytest.raises(PolyadError):
        polyad.jit(lambda x: x.chalf())(torch.ones(2))
