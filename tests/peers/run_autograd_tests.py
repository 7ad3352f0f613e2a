"""Run autograd's tests on polyad: `python tests/peers/run_autograd_tests.py TESTS [OPTION ...]`.

TESTS is the folder `tests` of a checkout of autograd; options are pytest's. `OUTSIDE` lists the
tests that are not counted, and why. This is no part of `make test`.
"""

from __future__ import annotations

import sys
from typing import Any

OUTSIDE = {
    "test_rfftn_odd_not_implemented": "a derivative that autograd has not",
    "test_assignment_raises_error": "writes into traced arrays, which work here",
    "test_const_graph_args": "a count of evaluations",
    "test_wrapped_name_and_docs": "the words of a docstring",
}
"""Names of tests, and why they are no behaviour of autograd's functions."""


class Scope:
    """A plugin of pytest's that leaves out what is not counted."""

    @staticmethod
    def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
        """Take the tests apart, and tell how many are left out."""
        out = [item for item in items if item.originalname in OUTSIDE]
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


def main() -> int:
    """pytest's exit code."""
    import pytest

    import polyad

    polyad.compat.install("autograd")
    options = ["-q", "-p", "no:cacheprovider", "--tb=short", "-W", "ignore"]
    return int(pytest.main([*options, *sys.argv[1:]], plugins=[Scope()]))


if __name__ == "__main__":
    sys.exit(main())
