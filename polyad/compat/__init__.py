"""Doors for programs of other libraries: a package that is imported in the place of theirs.

`import polyad.compat.jax as jax`, or `install("jax")` for programs that are not edited.
"""

from ._install import install as install
