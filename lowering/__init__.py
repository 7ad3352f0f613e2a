"""The native compiler: lowers a function, dialect by dialect, from arrays to machine code.

`pipeline` lists the passes: of arrays, to kernels, among kernels, to buffers, to loops. `emission`
writes the loops as LLVM IR. `docs/architecture.md` tells of each room.

It is one more backend to the rest of polyad, found through the entry-point group `polyad.backends`.
"""

import os

from polyad.ir.location import hide_frames_below

hide_frames_below(os.path.dirname(__file__))
