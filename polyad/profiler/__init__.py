"""The profiler: the time of calls by source line and by kernel, memory, compilations.

`profile(f)(*args)` measures one function, `with profiling() as p:` all that runs in a block.
"""

from .profile import Profile as Profile
from .profile import profile as profile
from .profile import profiling as profiling
