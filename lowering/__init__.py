"""The native compiler: lowers a function of the array dialect, dialect by dialect, to LLVM.

array -legalize-> array -array_to_kernel, fuse-> kernel -bufferize-> kernel on memory -> loop ->
LLVM

It is one more backend to the rest of polyad, found through the entry-point group `polyad.backends`.

"""

import os

from polyad.ir.location import hide_frames_below

hide_frames_below(os.path.dirname(__file__))
