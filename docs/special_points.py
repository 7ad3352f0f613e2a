"""Writes docs/special_points.md: the rows of the law of special points, and their tolerances."""

from __future__ import annotations

from pathlib import Path

from polyad.conformance.points import SPECIAL_POINTS
from polyad.conformance.points.coverage import names_of, public_functions
from polyad.conformance.points.reasons import OPS_WITHOUT_ROW, REASONS
from polyad.conformance.special_points import SpecialPoints

HERE = Path(__file__).parent
POINTS_SHOWN = 12
FUNCTIONS = public_functions()

HEAD = """# Special points

Values and derivatives up to order 3, by every operand and in all mixes of forward and reverse mode,
at zeros, poles, branch points, ties, removable singularities, tails, subnormal, least and largest
numbers, and near them. The reference is mpmath's value, and differences of it that agree in 30
digits; where a function has a limit or a convention in place of a derivative (±∞, NaN, kinks), it
is that. Both precisions, on NumPy, PyTorch and native code, where a row does not say otherwise.

Written by `docs/special_points.py` from the table in `polyad/conformance/points/`, which
`tests/conformance/test_special_points.py` tests: a sample in `make test`, all in `make test-full`.
`tests/conformance/test_points_completeness.py` asks that every public function of `polyad.numpy`,
`polyad.numpy.linalg`, `polyad.special` and `polyad.nn`, and every op with a derivative, has a row
here, or a reason at the end.

A tolerance is in units in the last place of the exact result, for values and derivatives of orders
1, 2, 3: **8** at all orders if not stated. Units of subnormal results are those of the least normal
number's last place. What is stated under *besides* is an absolute error that is allowed beyond
that, for each order: beside zeros of functions that oscillate, and of sums that cancel.

Orders above 3 are followed for error functions alone, at points from -8 to 12, in units in the
last place (`tests/ops/test_error_integrals.py`): `erfcx` loses 4, 8, 40 at orders 4, 5, 6,
`log_ndtr` 84, 350, 1,050, `dawsn` 98 and 2,300 at orders 4 and 5, `ndtri_exp` 6 and 8.
"""


def numbers(values: tuple[float, ...]) -> str:
    """With commas between."""
    return ", ".join(f"{v:g}" for v in values)


def shown(row: SpecialPoints) -> str:
    """The points; of a long list, some spread over it."""
    points = row.points
    step = max(1, -(-len(points) // POINTS_SHOWN))
    texts = [numbers(p) if len(p) == 1 else f"({numbers(p)})" for p in points[::step]]
    rest = len(points) - len(texts)
    return "; ".join(texts) + (f"; and {rest} more" if rest else "")


def line(row: SpecialPoints) -> str:
    """The row as one of the page's table."""
    orders = row.orders + 1
    ulps = row.tolerance[:orders]
    floor = row.floor[:orders]
    functions = ", ".join(f"`{name}`" for name in names_of(row, FUNCTIONS))
    where = [*(() if len(row.dtypes) > 1 else row.dtypes)]
    if len(row.backends) < 3:
        where.append(" and ".join(row.backends))
    return " | ".join(
        (
            f"| {row.name}" + (f"<br>{functions}" if functions else ""),
            shown(row),
            "0" if row.orders == 0 else f"0 to {row.orders}",
            "" if max(ulps) <= 8 else numbers(ulps),
            numbers(floor) if any(floor) else "",
            "; ".join(where) + " |",
        )
    )


def page() -> str:
    """The text of the page."""
    lines = [HEAD, "| row, functions | points | orders | ulp | besides | only |"]
    lines.append("|---|---|---|---|---|---|")
    lines += [line(row) for row in SPECIAL_POINTS]
    lines += ["\n## Where it is more than 8 units\n", "| row | ulp | why |", "|---|---|---|"]
    lines += [
        f"| {row.name} | {numbers(row.tolerance[: row.orders + 1])} | {row.loss} |"
        for row in SPECIAL_POINTS
        if row.loss
    ]
    lines.append("\n## Functions and ops without a row\n")
    names: dict[str, list[str]] = {}
    for name, reason in {**REASONS, **OPS_WITHOUT_ROW}.items():
        names.setdefault(reason, []).append(f"`{name}`")
    lines += [f"- {reason}: {', '.join(sorted(found))}." for reason, found in names.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE / "special_points.md").write_text(page())
