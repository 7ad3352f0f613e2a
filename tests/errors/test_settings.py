"""Every setting refuses every value that it cannot have, names itself, and stays as it was."""

from __future__ import annotations

import pytest

import polyad
from polyad.errors import PolyadError

SETTINGS = polyad.config.__slots__
WRONG = {
    "an object": object(),
    "a list": [1],
    "a negative number": -1,
    "a fraction": 1.5,
    "not a number": float("nan"),
    "nothing like it": "abc",
    "bytes": b"1",
    "a class": dict,
}
FITS = {
    "default_backend": {"nothing like it", "a class"},
    "cache_dir": {"nothing like it", "bytes"},
}
"""Texts, and what has a name, name a backend, which is looked for when one is needed; or a path."""


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_wrong_value_is_refused_by_name(name: str, kind: str):
    if kind in FITS.get(name, ()):
        polyad.config.update(name, WRONG[kind])
        return
    before, version = getattr(polyad.config, name), polyad.config.version
    with pytest.raises(PolyadError, match=name):
        polyad.config.update(name, WRONG[kind])
    with pytest.raises(PolyadError, match=name), polyad.config(**{name: WRONG[kind]}):
        pass
    assert getattr(polyad.config, name) is before and polyad.config.version == version
