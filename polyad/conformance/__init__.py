"""The conformance matrix: every op, in every dtype, under every law, on every backend.

`python -m polyad conformance` runs it, for the backends that are installed, a third party's among
them, and writes the matrix as Markdown and HTML.
"""

from . import samples as samples
from .laws import LAWS as LAWS
from .laws import Case as Case
from .matrix import BACKENDS as BACKENDS
from .matrix import Cell as Cell
from .matrix import cells as cells
from .matrix import run_cell as run_cell
from .sample import SAMPLES as SAMPLES
from .sample import Operand as Operand
from .sample import Sample as Sample
from .sample import elementwise as elementwise
from .sample import sample as sample
from .sample import sample_of as sample_of
