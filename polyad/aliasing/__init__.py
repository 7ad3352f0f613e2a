"""Traced arrays that share memory, as NumPy's and PyTorch's do: views, and writes.

A value of the IR never changes, so a write makes a new one. Arrays that share memory have a `Root`,
whose value is that of the memory, and each knows the *steps* that lead from there to it: ops that
take a part or reorder. A write through one of them puts the new part back, step by step, and makes
the root's value another; every other array of the family reads its own again when it is next asked
for it. (This is called functionalisation: see "Functionalization in PyTorch: Everything You Wanted
To Know", 2023. PyTorch keeps a function and its inverse for each view; here the ops between an
array's value and that of its base say it all.)

A function whose result shares memory with its first argument is marked `viewing`. It remembers
the two values only; the steps are looked up at the first write, and it costs no more than that.

Until it is written to, a stale array has no `number`: the slot is empty, and `Tracer.__getattr__`
fills it. So arrays that nobody writes to are read as fast as ever.
"""

from .memory import Place as Place
from .memory import apart as apart
from .memory import is_own_part as is_own_part
from .memory import lay_out as lay_out
from .memory import lies_in_c_order as lies_in_c_order
from .memory import linked as linked
from .memory import number_again as number_again
from .memory import strides_of as strides_of
from .memory import viewing as viewing
from .steps import ALWAYS as ALWAYS
from .steps import WHERE_CONTIGUOUS as WHERE_CONTIGUOUS
from .steps import WHERE_STRIDED as WHERE_STRIDED
from .steps import contiguous_strides as contiguous_strides
from .writes import PLAIN_ARRAY as PLAIN_ARRAY
from .writes import check_cast as check_cast
from .writes import into_plain_array as into_plain_array
from .writes import replace as replace
from .writes import write as write
