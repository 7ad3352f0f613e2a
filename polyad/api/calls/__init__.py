"""A call of a transformed function, from its arguments to its result.

The first call of `jit(f)(x)`: `pytrees` takes the arguments apart; `execution.placement` says whose
arrays they are, once, and is handed down; `traces` traces `f`; the backend compiles the function.

The second call with arguments like these finds the compiled function by a key of types, and builds
its fast path: `fast_paths` asks the compiled function for a caller (`Compiled.caller`), and the
backend for a callable that tries the callers one by one (`Backend.first_of`); `forwarding` makes
that callable the target of the jitted object.

From the third call on, CPython calls that target. The native compiler's is machine code
(`lowering/calling/`): it compares `config.version`, takes the arguments apart, checks types and
Python scalars, runs the code and puts the result together. A call that no caller takes goes on to
the Python code of the first and second call.
"""
