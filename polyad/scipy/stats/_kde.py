"""Densities estimated from samples by Gaussian kernels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ... import random, tree
from ...numpy import linalg
from ...numpy._arguments import refuse, refuse_shape, refuse_type
from ...numpy._core import dtype_of, promoted, shape_of
from ...special import logsumexp, ndtr


@tree.register_node_class
class gaussian_kde:
    """The density of d-dimensional samples: a Gaussian around each of them, whose covariance is
    that of the samples times the square of a factor (Silverman 1986, 3.4; Scott 1992, 6.3).

    Its functions are differentiable by points, samples and weights; it is a pytree. `neff` is the
    effective number of samples, `covariance` that of a kernel, `inv_cov` its inverse.

    Args:
        dataset: real samples of shape (d, n), or (n,) of one dimension.
        bw_method: "scott" (as if not given), "silverman", the factor, or a function of this object
            that gives it.
        weights: a weight for each sample, of shape (n,); all alike if not given.

    Raises:
        PolyadTypeError: complex samples or points.
        PolyadValueError: fewer than two numbers, or an unknown `bw_method`.
        ShapeError: weights, points or a mean that do not fit.

    >>> gaussian_kde([0.0, 1.0, 3.0]).evaluate([1.0])
    array([0.21489537])
    """

    def __init__(
        self,
        dataset: Any,
        bw_method: str | float | Callable[[Any], Any] | None = None,
        weights: Any = None,
    ) -> None:
        self.dataset = self._real(dataset, "dataset")
        if math.prod(shape_of(self.dataset)) < 2:
            refuse("gaussian_kde: a dataset has two numbers at least")
        self.weights = self._shares(weights)
        self.neff = 1.0 / pnp.sum(self.weights**2)
        factor = self._factor("scott" if bw_method is None else bw_method)
        spread = pnp.cov(self.dataset, bias=False, aweights=self.weights)
        self.covariance = pnp.reshape(spread, (self.d, self.d)) * factor**2
        self.inv_cov = linalg.inv(self.covariance)

    def _shares(self, weights: Any) -> Any:
        if weights is None:
            return pnp.full_like(self.dataset, 1.0 / self.n, shape=(self.n,))
        self.dataset, weights = promoted([self.dataset, pnp.atleast_1d(weights)])
        if shape_of(weights) != (self.n,):
            refuse_shape(
                f"gaussian_kde: {self.n} samples have as many weights, not {shape_of(weights)}"
            )
        return weights / pnp.sum(weights)

    def _factor(self, method: Any) -> Any:
        if callable(method):
            return method(self)
        if isinstance(method, str):
            if method not in ("scott", "silverman"):
                refuse(f"gaussian_kde: bw_method is 'scott' or 'silverman', not {method!r}")
            silverman = (self.d + 2) / 4.0 if method == "silverman" else 1.0
            return (self.neff * silverman) ** (-1.0 / (self.d + 4))
        if shape_of(pnp.asarray(method)) != ():
            refuse_type("gaussian_kde: bw_method is a string, a number or a function")
        return method

    @staticmethod
    def _real(x: Any, what: str) -> Any:
        found = pnp.atleast_2d(x)
        if dtype_of(found).is_complex:
            refuse_type(f"gaussian_kde: {what} is real")
        return found if dtype_of(found).is_floating else found * 1.0

    def tree_flatten(self) -> tuple[tuple[Any, ...], None]:
        """The arrays, for a pytree."""
        return (self.neff, self.dataset, self.weights, self.covariance, self.inv_cov), None

    @classmethod
    def tree_unflatten(cls, data: None, children: Any) -> gaussian_kde:
        """The density of these arrays."""
        found = cls.__new__(cls)
        found.neff, found.dataset, found.weights, found.covariance, found.inv_cov = children
        return found

    @property
    def d(self) -> int:
        """The number of dimensions."""
        return int(shape_of(self.dataset)[0])

    @property
    def n(self) -> int:
        """The number of samples."""
        return int(shape_of(self.dataset)[1])

    # -- The density -------------------------------------------------------------------------------

    def evaluate(self, points: Any) -> Any:
        """The density at points of shape (d, m), or (m,) of one dimension: of shape (m,)."""
        return pnp.sum(self.weights * pnp.exp(self._exponents(points)), axis=1)

    pdf = __call__ = evaluate

    def logpdf(self, x: Any) -> Any:
        """The logarithm of the density at points, also where the density underflows."""
        return logsumexp(pnp.log(self.weights) + self._exponents(x), axis=1)

    def _exponents(self, points: Any) -> Any:
        """The logarithm of each kernel, normalised, at each point: of shape (m, n)."""
        points = self._real(points, "a point")
        d, m = shape_of(points)
        if d != self.d and (d, m) == (1, self.d):
            points = pnp.reshape(points, (self.d, 1))
        elif d != self.d:
            refuse_shape(f"gaussian_kde: points have {self.d} dimensions, not {d}")
        whitening = linalg.cholesky(self.inv_cov)
        scale = pnp.sum(pnp.log(pnp.diagonal(whitening))) - 0.5 * self.d * math.log(2 * math.pi)
        apart = points.T[:, None, :] - self.dataset.T[None, :, :]
        return scale - 0.5 * pnp.sum(pnp.matmul(apart, whitening) ** 2, axis=-1)

    # -- Integrals ---------------------------------------------------------------------------------

    def integrate_gaussian(self, mean: Any, cov: Any) -> Any:
        """The integral of the density times the Gaussian of this mean and covariance."""
        mean, cov = pnp.atleast_1d(pnp.squeeze(mean)), pnp.atleast_2d(cov)
        if shape_of(mean) != (self.d,) or shape_of(cov) != (self.d, self.d):
            refuse_shape(
                f"gaussian_kde: a mean of shape {(self.d,)} and a covariance of "
                f"{(self.d, self.d)}, not {shape_of(mean)} and {shape_of(cov)}"
            )
        return _overlaps(self, mean[:, None], self.covariance + cov)[0]

    def integrate_box_1d(self, low: Any, high: Any) -> Any:
        """The integral of a density of one dimension from `low` to `high`."""
        if self.d != 1 or shape_of(pnp.asarray(low)) != () or shape_of(pnp.asarray(high)) != ():
            refuse_shape("gaussian_kde: integrate_box_1d takes two numbers, of one dimension")
        deviation = pnp.sqrt(self.covariance[0, 0])
        low, high = ((end - self.dataset[0]) / deviation for end in (low, high))
        return pnp.sum(self.weights * (ndtr(high) - ndtr(low)))

    def integrate_kde(self, other: gaussian_kde) -> Any:
        """The integral of the product of two densities."""
        if other.d != self.d:
            refuse_shape(f"gaussian_kde: densities of {self.d} and of {other.d} dimensions")
        found = _overlaps(self, other.dataset, self.covariance + other.covariance)
        return pnp.sum(found * other.weights)

    def resample(self, key: Any, shape: tuple[int, ...] = ()) -> Any:
        """Samples of shape (d, *shape) of the density, by a key of `polyad.random`."""
        which, around = random.split(key)
        at = random.choice(which, self.n, shape, p=self.weights)
        mean = pnp.zeros_like(self.covariance[0])
        noise = random.multivariate_normal(
            around, mean, self.covariance, shape, dtype=dtype_of(self.dataset)
        )
        return self.dataset[:, at] + pnp.moveaxis(noise, -1, 0)

    def integrate_box(self, low_bounds: Any, high_bounds: Any, maxpts: Any = None) -> Any:
        """Raises `PolyadTypeError`: integrals over boxes are of one dimension."""
        refuse_type("gaussian_kde: integrate_box is not here; integrate_box_1d is")

    def set_bandwidth(self, bw_method: Any = None) -> Any:
        """Raises `PolyadTypeError`: the factor is that of the construction."""
        refuse_type("gaussian_kde: make another one, with bw_method=")


def _overlaps(kde: gaussian_kde, means: Any, covariance: Any) -> Any:
    """The integral of the samples' part times a Gaussian around each mean of shape (d, m), whose
    difference from a sample has this covariance: of shape (m,).
    """
    factor = linalg.cholesky(covariance)
    apart = pnp.reshape(kde.dataset[:, None, :] - means[:, :, None], (kde.d, -1))
    energy = pnp.sum(linalg.solve(factor, apart) ** 2, axis=0)
    norm = (2 * math.pi) ** (kde.d / 2) * pnp.prod(pnp.diagonal(factor))
    kernels = pnp.reshape(pnp.exp(-0.5 * energy) / norm, (shape_of(means)[1], kde.n))
    return pnp.sum(kernels * kde.weights, axis=1)
