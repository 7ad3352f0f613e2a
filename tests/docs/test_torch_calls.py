"""The page's table of PyTorch's functions is that of the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("torch_calls", ROOT / "docs" / "torch_calls.py")
torch_calls = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(torch_calls)


def test_the_table_is_up_to_date():
    assert torch_calls.page() == torch_calls.PAGE.read_text("utf-8"), "run make docs"


def test_each_module_has_functions():
    for module, names in torch_calls.listed().items():
        assert len(names) > 10, module
    assert "scaled_dot_product_attention" in torch_calls.listed()["nn.functional"]
