"""A page that shows a compiled function: the user's lines beside every stage, the flow of arrays,
the memory plan. `jit(f).lower(*args).explore("page.html")` writes it.
"""

from .collect import collect as collect
from .page import page as page
