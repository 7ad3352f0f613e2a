"""The shapes that convolutions and reductions over windows have are those of their results."""

import itertools

import numpy as np
import pytest

from polyad import lax
from polyad.errors import PolyadValueError

AXES = ("NHC", "HIO", "NHC"), ("NCH", "OIH", "NHC")


@pytest.mark.parametrize(
    ("axes", "stride", "padding"),
    list(itertools.product(AXES, (1, 2, 3), ("SAME", "VALID", [(1, 0)]))),
)
def test_shapes_of_convolutions(axes, stride, padding):
    sizes = {"N": 2, "C": 3, "H": 7}, {"H": 2, "I": 3, "O": 5}
    x, k = (np.ones([s[c] for c in a]) for s, a in zip(sizes, axes[:2], strict=True))
    for shape_of, function in (
        (lax.conv_general_shape_tuple, lax.conv_general_dilated),
        (lax.conv_transpose_shape_tuple, lax.conv_transpose),
    ):
        found = shape_of(x.shape, k.shape, (stride,), padding, axes)
        assert found == function(x, k, (stride,), padding, dimension_numbers=axes).shape


def test_shapes_of_windows():
    x = np.ones((5, 8))
    for strides, around in (((1, 2), [(0, 0), (0, 0)]), ((2, 3), [(1, 0), (2, 1)])):
        found = lax.reduce_window_shape_tuple(x.shape, (2, 3), strides, around, (2, 1), (1, 2))
        summed = lax.reduce_window(x, 0.0, lax.add, (2, 3), strides, around, (2, 1), (1, 2))
        assert found == summed.shape
    with pytest.raises(PolyadValueError, match="takes more away"):
        lax.reduce_window_shape_tuple((2,), (1,), (1,), [(-3, 0)])
