"""PyTorch's functions on traced tensors, held to its own operator database."""

from __future__ import annotations

import warnings

import pytest
import torch

import polyad
from polyad.errors import PolyadTypeError
from polyad.foreign.torch import table

from . import op_database
from .op_database import FAILS, FOLLOWS, OPS, followed, outcome, refused

NAMES, REFUSED = followed(), refused()


@pytest.mark.share(6)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_followed_is_followed(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = outcome(OPS[name], limit=2, compiled=1)
    assert found.kind == FOLLOWS, found.reason


def test_the_table_has_every_op():
    assert sorted([*NAMES, *REFUSED]) == sorted(OPS)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_followed_is_refused(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = outcome(OPS[name], limit=2, compiled=1)
    assert found.kind != FAILS, found.reason


def test_the_full_tier_in_parts(capsys, monkeypatch):
    for part in ("1/2", "2/2"):
        assert (
            op_database.main(["linalg_norm_subgradients_at_zero", "tensordot", "--part", part]) == 0
        )
    assert capsys.readouterr().out.count("follows 1 of 1") == 2
    monkeypatch.setattr(op_database, "followed", lambda: ["as_strided_scatter"])
    monkeypatch.setattr(
        op_database, "outcome_of", lambda name, limit, trace: op_database.Outcome(FAILS, "x")
    )
    assert op_database.main(["as_strided_scatter"]) == 1
    assert "not as the table says: as_strided_scatter" in capsys.readouterr().out


def test_every_name_in_the_table_is_one_of_torch():
    missing = [n for names, _ in table._REGISTERED for n in names if not table.objects(n)]
    assert not missing


def test_no_function_has_two_rows():
    owners = {}
    for names, row in table._REGISTERED:
        for thing in {id(t): t for n in names for t in table.objects(n)}.values():
            assert owners.setdefault(thing, row) is row, names


def test_a_function_that_is_not_in_the_table_is_an_error():
    x = torch.ones(2, 2, dtype=torch.float64)
    with pytest.raises(PolyadTypeError, match=r"torch\.Tensor\.geqrf cannot be called on a tra"):
        polyad.jit(lambda x: x.geqrf())(x)
