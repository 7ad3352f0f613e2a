"""The backends that tests run on, and arrays to and from them."""

from polyad.conformance.arrays import close as close
from polyad.conformance.arrays import off as off
from polyad.conformance.arrays import on as on
from polyad.conformance.arrays import run as run

BACKENDS = ("numpy", "torch", "array_api_strict", "native")
