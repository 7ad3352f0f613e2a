"""Kernels of NPBench from physics, weather, signals and other fields."""

from __future__ import annotations

from typing import Any

import numpy as np

from .npbench import Arrays, arrays, grid, put, row
from .peers import Library
from .rows import size

# -- Fluids and weather ----------------------------------------------------------------------------

INNER = (slice(1, -1), slice(1, -1))
EAST, WEST = (slice(1, -1), slice(2, None)), (slice(1, -1), slice(None, -2))
NORTH, SOUTH = (slice(2, None), slice(1, -1)), (slice(None, -2), slice(1, -1))
STEP, TIME, VISCOSITY = 0.05, 0.001, 0.1


def advanced(u: Any, v: Any, p: Any) -> tuple[Any, Any]:
    """Both velocities inside after a step: advection, pressure, diffusion."""

    def one(x: Any, slope: Any) -> Any:
        carried = u[INNER] * (x[INNER] - x[WEST]) + v[INNER] * (x[INNER] - x[SOUTH])
        spread = x[EAST] + x[WEST] + x[NORTH] + x[SOUTH] - 4 * x[INNER]
        diffused = VISCOSITY * TIME / STEP**2 * spread
        return x[INNER] - TIME / STEP * carried - TIME / (2 * STEP) * slope + diffused

    return one(u, p[EAST] - p[WEST]), one(v, p[NORTH] - p[SOUTH])


def source(u: Any, v: Any) -> Any:
    """The right-hand side of Poisson's equation for the pressure."""
    ux, vy = (u[EAST] - u[WEST]) / (2 * STEP), (v[NORTH] - v[SOUTH]) / (2 * STEP)
    uy, vx = (u[NORTH] - u[SOUTH]) / (2 * STEP), (v[EAST] - v[WEST]) / (2 * STEP)
    return (ux + vy) / TIME - ux**2 - 2 * uy * vx - vy**2


def cavity_flow(lib: Library, u: Any, v: Any, p: Any) -> Any:
    """A lid that drives a cavity."""

    def relax(_: Any, state: Any) -> Any:
        p, b = state
        p = put(p, INNER, (p[EAST] + p[WEST] + p[NORTH] + p[SOUTH] - b * STEP**2) / 4)
        p = put(put(p, (slice(None), -1), p[:, -2]), 0, p[1])
        return put(put(p, (slice(None), 0), p[:, 1]), -1, 0.0), b

    def step(_: Any, state: Any) -> Any:
        u, v, p = state
        p, _b = lib.lax.fori_loop(0, size(20), relax, (p, source(u, v)))
        new_u, new_v = advanced(u, v, p)
        u, v = put(0.0 * u, INNER, new_u), put(0.0 * v, INNER, new_v)
        return put(u, -1, 1.0), v, p

    return lib.lax.fori_loop(0, size(10), step, (0.0 * u, 0.0 * v, 0.0 * p))


def channel_flow(lib: Library, u: Any, v: Any, p: Any) -> Any:
    """A channel that is periodic along its length, driven by a force."""
    xp = lib.numpy

    def wrapped(x: Any) -> Any:
        """One column more on each side."""
        return xp.concatenate([x[:, -1:], x, x[:, :1]], axis=1)

    def relax(_: Any, state: Any) -> Any:
        p, b = state
        w = wrapped(p)
        p = put(p, slice(1, -1), (w[EAST] + w[WEST] + w[NORTH] + w[SOUTH] - b * STEP**2) / 4)
        return put(put(p, -1, p[-2]), 0, p[1]), b

    def step(_: Any, state: Any) -> Any:
        u, v, p = state
        p, _b = lib.lax.fori_loop(0, size(20), relax, (p, source(wrapped(u), wrapped(v))))
        new_u, new_v = advanced(wrapped(u), wrapped(v), wrapped(p))
        return put(0.0 * u, slice(1, -1), new_u + TIME), put(0.0 * v, slice(1, -1), new_v), p

    return lib.lax.fori_loop(0, size(10), step, (0.0 * u, 0.0 * v, 0.0 * p))


def vadv(lib: Library, stage: Any, wcon: Any, position: Any, tendency: Any) -> Any:
    """Vertical advection: a tridiagonal system along the last axis."""
    xp, scan = lib.numpy, lib.lax.scan
    lines = lambda x: xp.moveaxis(x, -1, 0)
    up, here, old, change = map(lines, (wcon, stage, position, tendency))
    rate = 3.0 / 20.0
    face = 0.25 * up
    low, high = -face[:-1], face[1:]
    zero = 0.0 * here[:1]
    a, c = xp.concatenate([zero, low]), xp.concatenate([high, zero])
    b = rate - a - c
    d = rate * old + change - a * (here - xp.concatenate([here[:1], here[:-1]]))

    def forward(state: Any, rows: Any) -> Any:
        p, q = state
        a, b, c, d = rows
        p, q = c / (b - a * p), (d - a * q) / (b - a * p)
        return (p, q), (p, q)

    def backward(x: Any, pq: Any) -> Any:
        x = pq[1] - pq[0] * x
        return x, x

    _, pq = scan(forward, (zero[0], zero[0]), (a, b, c, d))
    found = scan(backward, zero[0], pq, reverse=True)[1]
    return xp.moveaxis(rate * (found - old), 0, -1)


# -- Particles and quantum physics -----------------------------------------------------------------


def nbody(lib: Library, mass: Any, at: Any, velocity: Any) -> Any:
    """Leapfrog steps of softened gravity, and both energies after each."""
    xp = lib.numpy

    def apart(at: Any) -> tuple[Any, Any]:
        d = at[None, :, :] - at[:, None, :]
        return d, xp.sum(d * d, axis=2) + 0.01

    def pull(at: Any) -> Any:
        d, squared = apart(at)
        return xp.sum(d * (squared**-1.5 * mass)[:, :, None], axis=1)

    def step(state: Any, _: Any) -> Any:
        at, v, a = state
        v = v + 0.005 * a
        at = at + 0.01 * v
        a = pull(at)
        v = v + 0.005 * a
        kinetic = 0.5 * xp.sum(mass[:, None] * v * v)
        inverse = xp.triu(mass[:, None] * mass / xp.sqrt(apart(at)[1]), 1)
        return (at, v, a), (kinetic, -xp.sum(inverse))

    return lib.lax.scan(step, (at, velocity, pull(at)), None, length=size(20))


def scattering_self_energies(lib: Library, neighbours: Any, h: Any, g: Any, d: Any) -> Any:
    """Electrons (k, e, atom, n, n) scattered by phonons (q, w, atom, neighbour, i, j)."""
    xp, (points, energies) = lib.numpy, g.shape[:2]
    total = 0.0 * g
    for q in range(d.shape[0]):
        for w in range(d.shape[1]):
            shifted = xp.roll(g, q, axis=0)
            if w:
                shifted = xp.concatenate([0.0 * shifted[:, :w], shifted[:, :-w]], axis=1)
            there = shifted[:, :, neighbours]  # k, e, atom, neighbour, n, n
            left = xp.einsum("keabmn,abinp->keabimp", there, h)
            right = xp.einsum("abij,abjpr->abipr", d[q, w], h)
            total = total + xp.einsum("keabimp,abipr->keamr", left, right)
    return total.reshape(points, energies, *g.shape[2:])


def contour_integral(lib: Library, a: Any, b: Any, y: Any) -> Any:
    """Moments of a resolvent, by points on a circle: systems of complex matrices."""
    xp, angles = lib.numpy, 2 * np.pi * (np.arange(size(32)) + 0.5) / size(32)
    z = 3.0 * np.exp(1j * angles)
    systems = a - z[:, None, None] * b
    found = xp.linalg.solve(systems, xp.broadcast_to(y, (len(z), *y.shape)))
    weights = z[:, None, None] / len(z)
    return xp.sum(weights * found, axis=0), xp.sum(weights * z[:, None, None] * found, axis=0)


# -- Signals and images ----------------------------------------------------------------------------


def stockham_fft(lib: Library, re: Any, im: Any) -> Any:
    """Radix 2, level by level; real and imaginary parts apart."""
    xp, n = lib.numpy, re.shape[0]
    re, im, length = re.reshape(1, n), im.reshape(1, n), 1
    while length < n:
        rest = n // length // 2
        a, b = (x.reshape(length, 2, rest) for x in (re, im))
        angle = -np.pi * np.arange(length) / length
        c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
        odd_re, odd_im = c * a[:, 1] - s * b[:, 1], c * b[:, 1] + s * a[:, 1]
        re = xp.concatenate([a[:, 0] + odd_re, a[:, 0] - odd_re])
        im = xp.concatenate([b[:, 0] + odd_im, b[:, 0] - odd_im])
        length *= 2
    return re.reshape(n), im.reshape(n)


def azimint_naive(lib: Library, data: Any, radius: Any) -> Any:
    """The mean of the data on each of a hundred rings, one after another."""
    xp, count = lib.numpy, size(100)
    width = xp.max(radius) / count

    def ring(i: Any) -> Any:
        inside = (radius >= width * i) & (radius < width * (i + 1))
        return xp.sum(xp.where(inside, data, 0.0)) / xp.maximum(xp.sum(inside), 1)

    return lib.lax.map(ring, xp.arange(count))


def azimint_hist(lib: Library, data: Any, radius: Any) -> Any:
    """The means by two histograms."""
    xp, count = lib.numpy, size(100)
    counts = xp.histogram(radius, count)[0]
    return xp.histogram(radius, count, weights=data)[0] / xp.maximum(counts, 1)


def compute(lib: Library, x: Any, y: Any) -> Any:
    return lib.numpy.clip(x, 2, 10) * 4 + y * 3 + 9


def mandelbrot_2(lib: Library, re: Any, im: Any) -> Any:
    """Until no point is left."""
    xp = lib.numpy

    def goes_on(state: Any) -> Any:
        step, x, y, _ = state
        return (step < size(50)) & xp.any(x * x + y * y < 4.0)

    def again(state: Any) -> Any:
        step, x, y, inside = state
        alive = x * x + y * y < 4.0
        new_x, new_y = x * x - y * y + re, 2.0 * x * y + im
        return step + 1, xp.where(alive, new_x, x), xp.where(alive, new_y, y), inside + alive

    zero = 0.0 * re
    return lib.lax.while_loop(goes_on, again, (0, zero, zero, zero))[3]


def crc16(lib: Library, data: Any) -> Any:
    """A checksum, bit by bit."""

    def byte(crc: Any, value: Any) -> Any:
        crc = crc ^ value
        for _ in range(8):
            crc = lib.numpy.where(crc & 1 == 1, (crc >> 1) ^ 0x8408, crc >> 1)
        return crc, None

    return lib.lax.scan(byte, data[0] * 0 + 0xFFFF, data)[0]


def crc16_loops(data: Any) -> Any:
    crc = 0xFFFF
    for value in data:
        crc ^= value
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc


# -- Data ------------------------------------------------------------------------------------------


def octets(n: int) -> Arrays:
    return (np.random.default_rng(0).integers(0, 256, size(n)),)


def integers(*shape: int) -> Arrays:
    rng = np.random.default_rng(0)
    shape = tuple(map(size, shape))
    return rng.integers(0, 1000, shape), rng.integers(0, 1000, shape)


def wave(n: int) -> Arrays:
    n = 8 if size(n) < n else n
    normal = np.random.default_rng(0).normal
    return normal(size=n), normal(size=n)


def electrons() -> Arrays:
    """Few atoms with four neighbours each."""
    rng, atoms, n = np.random.default_rng(0), size(8), 4
    neighbours = rng.integers(0, atoms, (atoms, 4))
    h = rng.normal(size=(atoms, 4, 3, n, n))
    g, d = rng.normal(size=(4, size(16), atoms, n, n)), rng.normal(size=(2, 3, atoms, 4, 3, 3))
    return neighbours, h, g, d


def matrices(n: int, columns: int) -> Arrays:
    a, b, y = arrays((n, n), (n, n), (n, columns))
    return a / len(a) + 0j, np.eye(len(a)) + b / len(b) + 0j, y + 0j


ROWS = (
    row(cavity_flow, "10 steps on 60 x 60", lambda: arrays(*[(60, 60)] * 3)),
    row(channel_flow, "10 steps on 60 x 60", lambda: arrays(*[(60, 60)] * 3)),
    row(vadv, "60 x 60 x 40", lambda: arrays(*[(60, 60, 40)] * 4)),
    row(nbody, "20 steps of 100 bodies", lambda: arrays((100,), (100, 3), (100, 3))),
    row(scattering_self_energies, "8 atoms, 4 momenta, 16 energies", electrons),
    row(contour_integral, "32 systems of 50", lambda: matrices(50, 10)),
    row(stockham_fft, "65,536 numbers", lambda: wave(65_536)),
    row(azimint_naive, "40,000 points", lambda: arrays((40_000,), (40_000,))),
    row(azimint_hist, "1,000,000 points", lambda: arrays((1_000_000,), (1_000_000,))),
    row(compute, "1,000 x 1,000 integers", lambda: integers(1000, 1000)),
    row(mandelbrot_2, "50 iterations on 200 x 200", lambda: grid(200)),
    row(crc16, "20,000 bytes", lambda: octets(20_000), crc16_loops),
)
