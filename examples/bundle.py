"""Where the cameras stood: bundle adjustment by least squares.

    python examples/bundle.py [--output FOLDER]

Cameras look at points; each observation is where one camera sees one point. From the observations
alone the cameras (a rotation vector, a translation, a focal length and two coefficients of
distortion, nine numbers) and the points (three numbers) are found, by least squares over the
distances in the images (Triggs, McLauchlan, Hartley and Fitzgibbon 1999). A residual depends on one
camera and one point, so that each row of the Jacobian has 12 entries, however many cameras there
are: `polyad.sparse.scipy.least_squares_args` finds them.

What is found is known up to a motion and a scale of the whole scene, so it is the distance in the
images that is compared with the noise.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import plots
from scipy.optimize import least_squares

import polyad
import polyad.numpy as pnp
from polyad import sparse

CAMERAS, POINTS, SEEN = 12, 400, 6  # each point is seen by some of the cameras
NOISE = 0.5  # pixels
PARAMETERS = 9  # of a camera


class Scene(NamedTuple):
    """Who sees what, where, and the truth in one vector."""

    camera: np.ndarray
    point: np.ndarray
    observed: np.ndarray
    truth: np.ndarray


def rotated(points, vectors):
    """Points turned about the vectors, by their lengths (Rodrigues' formula)."""
    angle = pnp.sqrt(pnp.sum(vectors * vectors, axis=-1, keepdims=True) + 1e-30)
    axis = vectors / angle
    along = pnp.sum(axis * points, axis=-1, keepdims=True)
    cos, sin = pnp.cos(angle), pnp.sin(angle)
    return cos * points + sin * pnp.cross(axis, points) + (1 - cos) * along * axis


def projected(cameras, points):
    """Where cameras see points: a pinhole with radial distortion (Snavely's model)."""
    seen = rotated(points, cameras[:, :3]) + cameras[:, 3:6]
    image = -seen[:, :2] / seen[:, 2:]
    square = pnp.sum(image * image, axis=-1, keepdims=True)
    focal, k1, k2 = cameras[:, 6:7], cameras[:, 7:8], cameras[:, 8:9]
    return focal * (1 + k1 * square + k2 * square * square) * image


def split(x):
    """The cameras and the points of the vector of unknowns."""
    count = CAMERAS * PARAMETERS
    return x[:count].reshape(CAMERAS, PARAMETERS), x[count:].reshape(POINTS, 3)


def residuals(scene: Scene):
    """The distances in the images, as a function of the unknowns."""

    def f(x):
        cameras, points = split(x)
        return (projected(cameras[scene.camera], points[scene.point]) - scene.observed).reshape(-1)

    return f


def made(seed: int = 0) -> Scene:
    """A cloud of points, and cameras on an arc before it."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(POINTS, 3))
    turns = np.linspace(-0.7, 0.7, CAMERAS)
    cameras = np.zeros((CAMERAS, PARAMETERS))
    cameras[:, 1], cameras[:, 5], cameras[:, 6] = turns, -8.0, 500.0
    cameras[:, 7:] = -0.05, 0.01
    camera = np.concatenate([rng.permutation(CAMERAS)[:SEEN] for _ in range(POINTS)])
    point = np.repeat(np.arange(POINTS), SEEN)
    exact = np.asarray(projected(cameras[camera], points[point]))
    observed = exact + NOISE * rng.normal(size=exact.shape)
    return Scene(camera, point, observed, np.concatenate([cameras.ravel(), points.ravel()]))


def guess(scene: Scene, seed: int = 1) -> np.ndarray:
    """The truth, disturbed."""
    rng = np.random.default_rng(seed)
    scale = np.concatenate(
        [np.tile([0.02] * 3 + [0.1] * 3 + [5, 0.01, 0.01], CAMERAS), np.full(3 * POINTS, 0.1)]
    )
    return scene.truth + scale * rng.normal(size=scene.truth.shape)


def adjusted(scene: Scene):
    """SciPy's solution, from the guess on."""
    args = sparse.scipy.least_squares_args(residuals(scene))
    return least_squares(x0=guess(scene), x_scale="jac", ftol=1e-8, method="trf", **args)


def draw(scene: Scene, before: np.ndarray, after: np.ndarray, figure) -> None:
    """One image before and after, and the distances."""
    image, histogram = figure.subplots(1, 2)
    chosen = scene.camera == CAMERAS // 2
    seen = scene.observed[chosen]
    for x, color, label in ((before, "C4", "guess"), (after, "C0", "adjusted")):
        residual = np.asarray(residuals(scene)(x)).reshape(-1, 2)
        ends = seen + residual[chosen]
        image.plot(*np.stack([seen, ends], 1).T, color=color, lw=0.8)
        image.plot([], [], color=color, label=label)
        bins = np.logspace(-2, 2, 60)
        histogram.hist(np.hypot(*residual.T), bins, color=color, alpha=0.7, label=label)
    image.plot(*seen.T, ".", color="C7", ms=2, label="observed")
    image.set_title("what one camera sees, in pixels")
    image.legend(loc="upper right", fontsize=8)
    image.set_aspect("equal")
    histogram.axvline(NOISE, color="C7", lw=0.8, label="noise")
    histogram.set_xscale("log")
    histogram.set_xlabel("distance in the image, pixels")
    histogram.legend(fontsize=8)


def main() -> None:
    """Adjust, and draw."""
    options = plots.parser(__doc__).parse_args()
    scene = made()
    f, start = residuals(scene), guess(scene)
    pattern = sparse.jacobian_sparsity(f)(start)
    print(f"{pattern.shape[0]} residuals of {pattern.shape[1]} unknowns, {pattern.nnz} entries")
    begin = time.perf_counter()
    found = adjusted(scene)
    size = lambda x: np.sqrt(np.mean(np.asarray(f(x)) ** 2))
    print(f"{found.njev} Jacobians in {time.perf_counter() - begin:.1f} s")
    print(f"root mean square: {size(start):.3f} before, {size(found.x):.3f} after, noise {NOISE}")
    plots.save(options.output / "bundle.png", lambda g: draw(scene, start, found.x, g), (9, 4))


if __name__ == "__main__":
    with polyad.config(num_threads=1):
        main()
