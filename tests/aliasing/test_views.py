"""Views of traced arrays: those of NumPy, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors

from .laws import follows

X = np.arange(1.0, 17.0).reshape(4, 4)
Y = np.arange(1.0, 25.0).reshape(2, 3, 4)

OF_INDEX: dict[str, Callable[[Any], Any]] = {
    "row": lambda r: r[1],
    "column": lambda r: r[..., 0],
    "slice": lambda r: r[1:],
    "steps": lambda r: r[:, ::2],
    "backwards": lambda r: r[::-1, 2::-2],
    "new axis": lambda r: r[None, :, None],
    "all": lambda r: r[:],
    "ellipsis": lambda r: r[...],
    "none": lambda r: r[:0],
    "array of one element": lambda r: r[(0,) * r.ndim + (...,)],
}
OF_METHODS: dict[str, Callable[[Any], Any]] = {
    "T": lambda r: r.T,
    "mT": lambda r: r.mT,
    "transpose": lambda r: r.transpose(),
    "reshape": lambda r: r.reshape(-1),
    "reshape of T": lambda r: r.T.reshape(-1),
    "reshape within an axis": lambda r: r.T.reshape((*r.T.shape[:-1], 2, -1)),
    "ravel": lambda r: r.ravel(),
    "ravel of T": lambda r: r.T.ravel(),
    "ravel of steps": lambda r: r[0, ..., ::2].ravel(),
    "reshape of steps": lambda r: r[0, ..., ::2].reshape(-1),
    "reshape of columns": lambda r: r[..., :2].reshape(-1),
    "squeeze": lambda r: r[:1].squeeze(),
    "swapaxes": lambda r: r.swapaxes(0, -1),
    "flatten": lambda r: r.flatten(),
    "copy": lambda r: r.copy(),
    "real": lambda r: r.real,
}
OF_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "reshape": lambda r: np.reshape(r, (4, -1)),
    "ravel": np.ravel,
    "transpose": np.transpose,
    "permute_dims": lambda r: np.permute_dims(r, range(r.ndim)[::-1]),
    "matrix_transpose": np.matrix_transpose,
    "swapaxes": lambda r: np.swapaxes(r, 0, 1),
    "moveaxis": lambda r: np.moveaxis(r, 0, -1),
    "rollaxis": lambda r: np.rollaxis(r, 1),
    "squeeze": lambda r: np.squeeze(r[:1]),
    "expand_dims": lambda r: np.expand_dims(r, (0, -1)),
    "atleast_1d": np.atleast_1d,
    "atleast_2d": lambda r: np.atleast_2d(r[0]),
    "atleast_3d": np.atleast_3d,
    "atleast_1d of several": lambda r: np.atleast_1d(r[0], r)[1],
    "flip": np.flip,
    "fliplr": np.fliplr,
    "flipud": np.flipud,
    "rot90": np.rot90,
    "rot90 by none": lambda r: np.rot90(r, 4),
    "rot90 thrice": lambda r: np.rot90(r, 3),
    "split": lambda r: np.split(r, 2)[1],
    "array_split": lambda r: np.array_split(r, 3, axis=-1)[0],
    "hsplit": lambda r: np.hsplit(r, r.shape[1])[1],
    "vsplit": lambda r: np.vsplit(r, 2)[0],
    "unstack": lambda r: np.unstack(r, axis=1)[1],
    "diagonal": np.diagonal,
    "broadcast_to": lambda r: np.broadcast_to(r, (2, *r.shape)),
    "broadcast_arrays": lambda r: np.broadcast_arrays(r, 1.0)[0],
    "real": np.real,
    "asarray": lambda r: pnp.asarray(r) if type(r) is not np.ndarray else np.asarray(r),
    "astype": lambda r: r.astype(r.dtype, copy=False),
}
COPIES: dict[str, Callable[[Any], Any]] = {
    "index array": lambda r: r[[1, 0]],
    "mask": lambda r: r[np.arange(r.shape[0]) > 0],
    "copy": np.copy,
    "astype": lambda r: r.astype(r.dtype),
    "array": lambda r: pnp.array(r) if type(r) is not np.ndarray else np.array(r),
    "concatenate": lambda r: np.concatenate([r]),
    "stack": lambda r: np.stack([r]),
    "hstack": lambda r: np.hstack([r]),
    "roll by none": lambda r: np.roll(r, 0),
    "roll": lambda r: np.roll(r, 1, axis=0),
    "tile": lambda r: np.tile(r, 1),
    "repeat": lambda r: np.repeat(r, 1, axis=0),
    "clip": lambda r: np.clip(r, None, None),
    "positive": np.positive,
    "conj": np.conj,
    "take": lambda r: np.take(r, [0], axis=0),
    "where": lambda r: np.where(True, r, r),
    "triu": np.triu,
    "sum of none": lambda r: np.sum(r, axis=()),
    "delete": lambda r: np.delete(r, [], axis=0),
    "resize": lambda r: np.resize(r, r.shape),
    "fftshift": lambda r: np.fft.fftshift(r, axes=()),
}
WAYS = {
    **{f"{name}, by an index": way for name, way in OF_INDEX.items()},
    **{f"{name}, a method": way for name, way in OF_METHODS.items()},
    **{f"{name}, a function": way for name, way in OF_FUNCTIONS.items()},
    **{f"{name}, a copy": way for name, way in COPIES.items()},
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@each_way
@pytest.mark.parametrize("x", [X, Y], ids=["2-d", "3-d"])
def test_a_write_through_a_view_is_seen_in_the_array(way: Any, x: np.ndarray):
    def body(r: Any) -> Any:
        view = way(r)
        view[...] = 3.0 * view + r[0, 0].sum()
        return r, view

    follows(body, x)


@each_way
def test_a_view_sees_what_is_written_into_the_array_later(way: Any):
    def body(r: Any) -> Any:
        view = way(r)
        r *= r
        r[1, 1] = r[0, 1]
        return view, r

    follows(body, X)


@each_way
def test_two_views_see_one_another(way: Any):
    def body(r: Any) -> Any:
        other = r.T[1:]
        view = way(r)
        other += 1.0
        first = view.copy()
        view += 2.0
        other[:, ::2] *= 3.0
        return first, view, other, r

    follows(body, X)


def test_elements_of_a_vector_are_numbers():
    def body(r: Any) -> Any:
        number = r[0]
        number += 5.0
        r[1] += number
        total = r.sum()
        same = total
        total += 1.0
        return r, number.reshape(1), total.reshape(1), same.reshape(1)

    follows(body, X[0])


def test_an_array_of_one_element_is_none():
    def body(r: Any) -> Any:
        element = r[0, ...]
        element += 5.0
        whole = r[1:2].reshape(())
        whole *= 2.0
        return r, element.reshape(1)

    follows(body, X[0])


@pytest.mark.parametrize("part", ["real", "imag"])
def test_parts_of_complex_arrays(part: str):
    def body(z: Any) -> Any:
        half = getattr(z, part)
        flat = half.reshape(-1)
        half[0] += half[1]
        before = z.copy()
        z *= 1j
        flat[3:] = 2.0
        return z, half, before, flat

    follows(body, X, lambda x: x * (1.0 + 2.0j))


def test_parts_are_set():
    def body(z: Any) -> Any:
        z.real = z.imag * 2.0
        z.imag += 1.0
        z[0].imag[1:] = 5.0
        return (z,)

    follows(body, X, lambda x: x * (1.0 + 2.0j))


def test_the_imaginary_part_of_real_arrays_is_only_to_be_read():
    def body(r: Any) -> Any:
        r.imag[0] = 1.0
        return (r,)

    follows(body, X)


def test_a_view_of_an_array_that_nobody_else_has():
    def body(r: Any) -> Any:
        view = np.cumsum(r, axis=0)[::-1].T
        view[0] = 0.0
        view[1:, 1] += view[0, 1:]
        return (view,)

    follows(body, X)


def test_an_array_is_written_while_its_views_are_walked_through():
    def body(r: Any) -> Any:
        for row, above in zip(r[1:], r[:-1], strict=True):
            row += 0.5 * above
        for k in range(3, 0, -1):
            r[:, k] -= r[:, k - 1]
        return (r,)

    follows(body, X)


def test_an_alias_is_the_array():
    def body(r: Any) -> Any:
        alias = r
        kept = [r, r[0]]
        r += 1.0
        r = r + 1.0
        alias[0] = 7.0
        return r, alias, kept[0], kept[1]

    follows(body, X)


# -- Views of views --------------------------------------------------------------------------------

STEPS: dict[str, Callable[[Any], Any]] = {
    "transpose": lambda v: v.T,
    "flip": lambda v: np.flip(v, axis=-1),
    "slice": lambda v: v[..., : max(1, v.shape[-1] - 1)],
    "steps": lambda v: v[::2],
    "backwards": lambda v: v[::-1],
    "flat": lambda v: v.reshape(-1),
    "ravel": lambda v: np.ravel(v),
    "column": lambda v: v.reshape(v.shape[0], -1),
    "halves": lambda v: v.reshape((*v.shape[:-1], 2, v.shape[-1] // 2)),
    "new axis": lambda v: np.expand_dims(v, 1),
    "squeeze": lambda v: np.squeeze(v),
    "moveaxis": lambda v: np.moveaxis(v, -1, 0),
    "part": lambda v: np.array_split(v, 2)[0],
    "first": lambda v: v[0:1][0, ...],
    "diagonal": lambda v: np.diagonal(v) if v.ndim == 2 else v[0],
    "index array": lambda v: v[np.array([0, 0])],
    "broadcast": lambda v: np.broadcast_to(v, (2, *v.shape)),
}
Chain = tuple[str, ...]


def applied(chain: Chain, x: Any) -> list[Any]:
    """The views of views that `chain` makes of `x`."""
    made = [x]
    for name in chain:
        made.append(STEPS[name](made[-1]))
    return made


@st.composite
def chains(draw: Any) -> Chain:
    """Up to five steps that NumPy can take one after another."""
    names: Chain = ()
    for name in draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=5)):
        try:
            applied((*names, name), Y)
        except (ValueError, IndexError):
            continue
        names = (*names, name)
    return names


@hypothesis.settings(max_examples=40)
@hypothesis.given(first=chains(), second=chains(), at=st.integers(0, 5), by=st.integers(0, 5))
def test_a_write_anywhere_is_seen_everywhere(first: Chain, second: Chain, at: int, by: int):
    """Two chains of views of one array: a write through a view of either, before the other chain
    is made and after, is seen as NumPy sees it.
    """

    def body(r: Any) -> Any:
        one = applied(first, r)
        early = one[at % len(one)]
        if at % 2:
            early[...] = early * 2.0 + 1.0
        two = applied(second, r)
        late = two[by % len(two)]
        late *= 3.0
        early += 1.0
        return *one, *two

    follows(body, Y)


def test_a_copy_is_found_out_where_the_view_of_it_is_all_that_is_left():
    def body(r: Any) -> Any:
        view = r.T.reshape(-1)[2:]
        again = view[::2]
        view += 1.0
        r += 10.0
        again *= 2.0
        return r, view, again

    follows(body, X)


# -- Read-only views -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way", [np.diagonal, lambda r: np.broadcast_to(r, (2, 4, 4))[0], lambda r: np.diagonal(r)[1:]]
)
def test_a_view_that_is_only_to_be_read_says_so(way: Any):
    def write(x: Any) -> Any:
        view = way(x * 1.0)
        view += 1.0
        return view

    for run in (polyad.jit(write), lambda x: polyad.jvp(write, (x,), (x,))):
        with pytest.raises(
            errors.PolyadValueError, match="assignment destination is read-only"
        ) as e:
            run(X)
        assert "test_views.py" in str(e.value) and "x.copy()" in str(e.value)
