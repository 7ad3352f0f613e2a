"""Functions, classes and decorators of plain NumPy, for `adopt` to copy."""

import contextlib
import functools
import math
import time

import numpy
import numpy as np
import numpy.linalg as la
from numpy import exp, zeros
from scipy import special
from scipy.special import erf, gammaln

from . import gpt2
from .gpt2 import softmax as softened

SCALE = 2.0
TABLE = {"square": lambda x: fill(x) ** 2, "plain": None}
CALLS = []


def fill(x):
    y = zeros(3)
    y[:] = x
    return y


def aliases(x):
    a = np.zeros(2)
    a[0], a[1] = x, numpy.sin(x)
    return la.norm(a) + np.linalg.norm(a) + exp(x)


def of_scipy(x):
    return erf(x) + special.gammaln(x + 2) + gammaln(x + 3) + special.j0(x)


def of_math(x):
    return math.sin(x) * math.pi + math.log(x, 2) + math.pow(x, 3) + math.hypot(x, 1.0)


def imports_inside(x):
    import math as m

    import numpy.linalg
    from numpy import empty as made

    from .gpt2 import gelu

    y = made(2)
    y[0], y[1] = x, m.cos(x)
    return numpy.linalg.norm(y) + gelu(y).sum()


def through_modules(x):
    return gpt2.softmax(fill(x) * SCALE).sum() + softened(fill(x))[0] + TABLE["square"](x).sum()


def factorial_series(x, n=4):
    if n == 0:
        return 1.0
    return fill(x)[1] * factorial_series(x, n - 1) / n + 1


def even(x, n):
    return x if n == 0 else odd(fill(x)[0] * 2, n - 1)


def odd(x, n):
    return x if n == 0 else even(fill(x)[2] * 3, n - 1)


def defaults(x, f=fill, *, g=np.sum, scale=3.0):
    return g(f(x)) * scale


def make_closure(n):
    count = 0

    def power(x, k):
        return 1.0 if k == 0 else fill(x)[0] * power(x, k - 1)

    def run(x):
        nonlocal count
        count += 1
        return power(x, n)

    run.count = lambda: count
    return run


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        CALLS.append(function.__name__)
        return function(*args, **kwargs)

    return wrapper


def scaled(by):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            buffer = np.zeros(1)
            buffer[0] = function(x)
            return buffer[0] * by

        return wrapper

    return decorate


@logged
@scaled(2.0)
def decorated(x):
    return fill(x).sum()


@functools.lru_cache
def weights(n):
    return np.arange(float(n)) + fill(1.0)[0]


def cached(x):
    return (weights(3) * fill(x)).sum()


@contextlib.contextmanager
def buffer(n):
    yield np.zeros(n)


def in_a_context(x):
    with buffer(2) as y:
        y[1] = x**2
    return y.sum()


partial = functools.partial(defaults, f=fill, scale=5.0)


class Base:
    def __init__(self, n):
        self.n = n

    def make(self, x):
        y = np.zeros(self.n)
        y[:] = x
        return y


class Model(Base):
    gain = 2.0

    def __init__(self, n, inner=None):
        super().__init__(n)
        self.inner = inner
        self.hooks = [fill]

    @property
    def double(self):
        return self.gain * 2

    @functools.cached_property
    def ramp(self):
        return np.arange(float(self.n))

    @staticmethod
    def halve(x):
        return fill(x)[0] / 2

    @classmethod
    def built(cls, x):
        return cls(2).make(x).sum()

    def __call__(self, x):
        found = super().make(x).sum() * self.double + self.halve(x) + self.built(x)
        found = found + (self.ramp * self.make(x)).sum() + self.hooks[0](x)[0]
        return found if self.inner is None else found + self.inner(x)


MODEL = Model(3, inner=Model(2))


def by_a_model(x):
    return Model(3, inner=MODEL)(x) + MODEL.make(x)[0]


class Failure(ValueError):
    pass


def raises(x):
    if x > 0:
        raise Failure("positive")
    return x


def generator(x):
    for i in range(3):
        y = np.zeros(1)
        y[0] = x * i
        yield y[0]


def summed(x):
    return sum(generator(x)) + [fill(x)[i] for i in range(3)][1]


def counted(x):
    global SCALE
    SCALE = SCALE + 1
    return fill(x).sum() * SCALE


def lacking(x):
    time.sleep(0)
    np.random.seed(0)
    np.poly1d([1.0])
    if x is None:
        np.save("x.npy", x)
    return np.sin(x) + special.mathieu_a(1, 2.0)


def nearest(x):
    import optree

    return optree.tree_map(lambda leaf: leaf, fill(x)).sum()
