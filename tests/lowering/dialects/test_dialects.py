"""Invalid IR of each dialect, and the rule that the verifier names."""

from __future__ import annotations

import re

import pytest

import polyad.lowering.pipeline
from polyad.errors import VerificationError
from polyad.ir import Definition, parse, verify

from .test_control_dialects import INVALID

assert polyad.lowering.pipeline

BODY = "(function @body(%0: f64[]) -> (f64[]) { return %0 })"
STEP = "(function @step(%i: i64[], %0: memref<f64[3]>) -> () { return })"

GENERIC = (
    '%1 = kernel.generic %0 {combine = ("store",), domain = (4,), iterators = ("parallel",), '
    f"maps = (#map<(d0) -> (AT)>, #map<(d0) -> (d0)>)}} : f64[4] {BODY}"
)


TOTAL = (
    '%2 = kernel.generic %0 {combine = ("carried sum",), domain = (4,), iterators = ("parallel",), '
    f"maps = (#map<(d0) -> (d0)>, #map<(d0) -> ()>)}} : f64[] {BODY}"
)
BOTH = (
    '%3 = kernel.generic %1, %2 {combine = ("store",), domain = (4,), iterators = ("parallel",), '
    "maps = (#map<(d0) -> (d0)>, #map<(d0) -> ()>, #map<(d0) -> (d0)>)} : f64[4] "
    "(function @body(%0: f64[], %1: f64[]) -> (f64[]) { return %0 })"
)


def compose(part, at="d0"):
    """A `kernel.compose` of one part."""
    return (
        f"%1 = kernel.compose %x {{fill = True, maps = ((#map<(d0) -> ({at})>,),), shape = (4,)}} "
        f": f64[4] (function @part(%0: f64[4]) -> (f64[4]) {{ {part} }})"
    )


def insert(part, at="d0", of="%x"):
    """A `kernel.insert` of a part that is made of x."""
    return (
        f"%1 = kernel.insert {of}, %x {{at = #map<(d0) -> ({at})>}} "
        f": f64[4] (function @part(%0: f64[4]) -> (f64[4]) {{ {part} }})"
    )


def nest(kernels, outer=1, block=1, at="d0"):
    """A `kernel.nest` of kernels that read at `at`."""
    return (
        f"%1 = kernel.nest %x {{block = {block}, outer = {outer}}} : f64[4] "
        f"(function @rows(%0: f64[4]) -> (f64[4]) {{ {kernels} return %1 }})"
    ).replace("AT", at)


INDEX = "%2 = kernel.index {at = #map<(d0) -> (d0)>} : i64[]"


def whole(ops):
    """A `kernel.generic` that has an operand element by element, as %0, and as a whole, as %1."""
    given = ops if "return" in ops else f"{ops} return %0"
    return (
        '%1 = kernel.generic %x, %x {combine = ("store",), domain = (4,), iterators = '
        '("parallel",), maps = (#map<(d0) -> (d0)>, #map<(d0) -> ()>, #map<(d0) -> (d0)>)} '
        f": f64[4] (function @body(%0: f64[], %1: f64[4]) -> (f64[]) {{ {given} }})"
    )


KERNEL = {
    "lengths": (
        '%1 = kernel.generic %x {combine = ("store",), domain = (4,), iterators = (), '
        f"maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>)}} : f64[4] {BODY}",
        "iterators name each dimension",
    ),
    "combine": (
        '%1 = kernel.generic %x {combine = ("mean",), domain = (4,), iterators = ("parallel",), '
        f"maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>)}} : f64[4] {BODY}",
        "combine is one of",
    ),
    "outside": (
        '%1 = kernel.generic %x {combine = ("store",), domain = (4,), iterators = ("parallel",), '
        f"maps = (#map<(d0) -> (d0 + 1)>, #map<(d0) -> (d0)>)}} : f64[4] {BODY}",
        "outside operand 0",
    ),
    "stored twice": (
        '%1 = kernel.generic %x {combine = ("store",), domain = (4,), iterators = ("parallel",), '
        f"maps = (#map<(d0) -> (d0)>, #map<(d0) -> ()>)}} : f64[] {BODY}",
        "leaves out d0",
    ),
    "reduced index": (
        '%1 = kernel.generic %x {combine = ("sum",), domain = (4,), iterators = ("reduction",), '
        f"maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>)}} : f64[4] {BODY}",
        "cannot be indexed by reduction dimension d0",
    ),
    "result count": (
        '%1 = kernel.generic %x {combine = (), domain = (4,), iterators = ("parallel",), '
        f"maps = (#map<(d0) -> (d0)>,)}} : f64[4] {BODY}",
        "need as many maps and body results",
    ),
    "result rank": (
        '%1 = kernel.generic %x {combine = ("store",), domain = (4,), iterators = ("parallel",), '
        f"maps = (#map<(d0) -> (d0)>, #map<() -> ()>)}} : f64[4] {BODY}",
        "must have the 1 dimensions of the domain",
    ),
    "body type": (
        '%1 = kernel.generic %i {combine = ("store",), domain = (2,), iterators = ("parallel",), '
        f"maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>)}} : f64[2] {BODY}",
        "the body takes",
    ),
    "operand": (
        '%1 = kernel.generic %x, %x, %x {combine = ("store",), domain = (4,), iterators = '
        f'("parallel",), maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>)}} : f64[4] {BODY}',
        "expected 1 inputs, then none or 1 destinations",
    ),
    "destination": (
        '%1 = kernel.generic %x, %x {combine = ("store",), domain = (4,), iterators = '
        f'("parallel",), maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>)}} : f64[4] {BODY}',
        "the destination of",
    ),
    "nest of others": (
        "%1 = kernel.nest %x {block = 1, outer = 1} : f64[4] "
        "(function @rows(%0: f64[4]) -> (f64[4]) { "
        "%1 = kernel.reshape %0 {shape = (4,)} : f64[4] return %1 })",
        "holds kernel.generic ops",
    ),
    "nest of more dimensions": (nest(GENERIC, outer=2), "has outer dimensions"),
    "nest of none in blocks": (nest(GENERIC, outer=0, block=2), "may run in blocks"),
    "nest of totals by row": (
        nest(GENERIC.replace('"store"', '"carried sum"')),
        "another total f64.4. for each of the rows",
    ),
    "nest of totals read too early": (
        nest(
            f"{TOTAL} {GENERIC.replace('%1', '%3').replace('%0', '%2', 1)} {GENERIC}".replace(
                "maps = (#map<(d0) -> (AT)>", "maps = (#map<(d0) -> ()>", 1
            )
        ),
        "stand behind those of its rows",
    ),
    "nest of rows read behind": (
        nest(f"{GENERIC} {TOTAL} {BOTH}"),
        "reads totals, and nothing by row",
    ),
    "nest in blocks of nothing": (nest(GENERIC, block=0), "may run in blocks"),
    "nest over a reduction": (
        "%1 = kernel.nest %x {block = 1, outer = 1} : f64[] "
        "(function @rows(%0: f64[4]) -> (f64[]) { "
        '%1 = kernel.generic %0 {combine = ("sum",), domain = (4,), iterators = ("reduction",), '
        f"maps = (#map<(d0) -> (d0)>, #map<(d0) -> ()>)}} : f64[] {BODY} return %1 }})",
        "all parallel",
    ),
    "nest between rows": (
        nest(f"{GENERIC} {GENERIC.replace('%1', '%2').replace('%0', '%1', 1)}", at="-d0 + 3"),
        "to another",
    ),
    "nest of other operands": (
        nest(GENERIC).replace("kernel.nest %x", "kernel.nest %i"),
        "the region takes",
    ),
    "constant": ("%1 = kernel.constant {array = 3} : f64[4]", "a reference to an array"),
    "scatter into": (
        '%1 = kernel.scatter_into %i, %i, %x {axis = 0, mode = "set"} : f64[4]',
        "updates of f64",
    ),
    "reshape": ("%1 = kernel.reshape %x {shape = (5,)} : f64[5]", "cannot reshape"),
    "index": ("%1 = kernel.index {at = #map<(d0) -> (d0, d0)>} : i64[]", "must give one index"),
    "assemble": (
        "%1 = kernel.assemble %x {fill = True, maps = (#map<(d0) -> (d0 + 1)>,), shape = (4,)} "
        ": f64[4]",
        "outside",
    ),
    "compose nothing": (
        "%1 = kernel.compose %x {fill = True, maps = ((#map<(d0) -> (d0)>,), "
        "(#map<(d0) -> (d0)>,)), shape = (4,)} : f64[4] "
        "(function @part(%0: f64[4]) -> (f64[4]) { return %0 })",
        "maps for each region",
    ),
    "compose of a region without a part": (
        compose("return %0").replace("(#map<(d0) -> (d0)>,)", "()"),
        "one part at least",
    ),
    "compose of others": (
        compose("%1 = kernel.reshape %0 {shape = (4,)} : f64[4] return %1"),
        "the result of one kernel.generic",
    ),
    "compose of totals": (
        compose(
            '%1 = kernel.generic %0 {combine = ("sum",), domain = (4, 1), iterators = '
            '("parallel", "reduction"), maps = (#map<(d0, d1) -> (d0)>, #map<(d0, d1) -> (d0)>)} '
            f": f64[4] {BODY} return %1"
        ),
        "stores each element once",
    ),
    "compose of less than a kernel makes": (
        compose(
            '%1, %2 = kernel.generic %0 {combine = ("store", "store"), domain = (4,), iterators = '
            '("parallel",), maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>, #map<(d0) -> (d0)>)} '
            ": f64[4], f64[4] (function @body(%0: f64[]) -> (f64[], f64[]) { return %0, %0 }) "
            "return %1"
        ),
        "the result of one kernel.generic",
    ),
    "compose operands": (
        compose("return %0").replace("kernel.compose %x", "kernel.compose %i"),
        "a part is made of",
    ),
    "compose outside": (compose("return %0", at="d0 + 1"), "outside"),
    "insert of others": (
        insert("%1 = kernel.reshape %0 {shape = (4,)} : f64[4] return %1"),
        "the result of one kernel.generic",
    ),
    "insert operands": (insert("return %0").replace(", %x", ", %i"), "one part is made of"),
    "insert dtypes": (insert("return %0", of="%i"), "cannot be"),
    "insert outside": (insert("return %0", at="d0 + 1"), "each to its own"),
    "insert onto one element": (insert("return %0", at="0"), "each to its own"),
    "assemble dtypes": (
        "%1 = kernel.assemble %x, %i {fill = True, "
        "maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>), shape = (4,)} : f64[4]",
        "one dtype",
    ),
    "contract counts": (
        "%1 = kernel.contract %x, %x {counts = (0, 0, 0, 2), domain = (4,), "
        "maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>, #map<(d0) -> ()>)} : f64[]",
        "must add up",
    ),
    "contract outside": (
        "%1 = kernel.contract %x, %x {counts = (0, 0, 0, 1), domain = (5,), "
        "maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>, #map<(d0) -> ()>)} : f64[]",
        "outside",
    ),
    "contract result": (
        "%1 = kernel.contract %x, %x {counts = (0, 0, 0, 1), domain = (4,), "
        "maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>, #map<(d0) -> (d0)>)} : f64[]",
        "indexed by its first 0",
    ),
    "contract dtypes": (
        "%1 = kernel.contract %x, %i {counts = (0, 0, 0, 1), domain = (2,), "
        "maps = (#map<(d0) -> (d0)>, #map<(d0) -> (d0)>, #map<(d0) -> ()>)} : f64[]",
        "one dtype",
    ),
    "load from an element": (whole("%2 = kernel.load %0 : f64[]"), "with dimensions"),
    "load of other rank": (whole(f"{INDEX} %3 = kernel.load %1, %2, %2 : f64[]"), "takes 1 ind"),
    "load of a value": (
        whole(
            f"{INDEX} %3 = full {{dtype = f64, shape = (4,), value = 1.0}} : f64[4] "
            "%4 = kernel.load %3, %2 : f64[]"
        ),
        "from an operand of the kernel",
    ),
    "load from outside": (
        whole(f"{INDEX.replace('(d0)>', '(d0 + 1)>')} %3 = kernel.load %1, %2 : f64[]"),
        "not sure to be in range, but from 1 to 4: clamp it",
    ),
    "load from anywhere": (
        whole("%2 = astype %0 {dtype = i64} : i64[] %3 = kernel.load %1, %2 : f64[]"),
        "not sure to be in range, but unknown: clamp it",
    ),
    "load clamped too far": (
        whole(
            "%2 = astype %0 {dtype = i64} : i64[] %3 = kernel.clamp %2 {size = 5} : i64[] "
            "%4 = kernel.load %1, %3 : f64[]"
        ),
        "from 0 to 4",
    ),
    "whole operand as an element": (whole("%2 = negative %1 : f64[4]"), "negative takes elements"),
    "whole operand as a result": (
        whole("return %1").replace("-> (f64[])", "-> (f64[4])"),
        "not a whole operand",
    ),
    "clamp": (whole(f"{INDEX} %3 = kernel.clamp %2 {{size = 0}} : i64[]"), "at least 1"),
    "within": (
        whole(f"{INDEX} %3 = kernel.within %2 {{start = 2, stop = 2}} : bool[]"),
        "start < stop",
    ),
    "index of indices": (
        whole(f"{INDEX} %3 = kernel.index %2 {{at = #map<(d0, d1) -> (d0)>}} : i64[]"),
        "must take 2 indices",
    ),
    "scatter": (
        '%1 = kernel.scatter %x, %i, %x {axis = 0, mode = "add"} : f64[4]',
        "updates of",
    ),
    "scatter mode": (
        '%1 = kernel.scatter %x, %j, %x {axis = 0, mode = "xor"} : f64[4]',
        "mode is one of",
    ),
    "add_at": (
        "%1 = kernel.add_at %x {at = #map<(d0) -> (2*d0)>, shape = (5,)} : f64[5]",
        r"leads f64\[4\] outside \(5,\)",
    ),
    "scan": (
        '%1 = kernel.scan %x {axis = 0, combine = "mean"} : f64[4]',
        "one of sum, prod, max, min, logsumexp",
    ),
    "arg": ('%1 = kernel.arg %e {axis = 0, extremum = "max"} : i64[]', "non-empty axis"),
    "search": ('%1 = kernel.search %x, %i {side = "left"} : i64[2]', "one real dtype"),
    "search side": ('%1 = kernel.search %x, %x {side = "up"} : i64[4]', "the left or the right"),
    "routine": (
        f"%1, %2 = kernel.routine %i {{scratch = 8}} : f64[], u8[8] {BODY}",
        "the region takes",
    ),
    "host": (f'%1 = kernel.host %i {{reason = "none"}} : f64[] {BODY}', "the region takes"),
}


@pytest.mark.parametrize(("op", "rule"), KERNEL.values(), ids=KERNEL.keys())
def test_kernel_refuses(op, rule):
    text = f"function @f(%x: f64[4], %i: i64[2], %j: i64[4], %e: f64[0]) -> () {{ {op} return }}"
    with pytest.raises(VerificationError, match=rule):
        verify(parse(text))


MEMORY = {
    "workspace": ("%w = memory.workspace {bytes = -1} : memref<u8[1]>", "cannot have -1 bytes"),
    "room": ("%v = memory.view %m {offset = 8, type = !f64[3]} : memref<f64[3]>", "does not fit"),
    "no memref": (
        "%v = memory.view %i {offset = 0, type = !i64[]} : memref<i64[]>",
        "must be a memref",
    ),
    "index type": (
        "%v = memory.load %m, %s {at = #map<(d0) -> (d0)>} : f64[]",
        "indices must be i64",
    ),
    "index count": (
        "%v = memory.load %m, %i {at = #map<() -> (0)>} : f64[]",
        "must take 1 indices",
    ),
    "local": ("%v = memory.local {type = !memref<f64[3]>} : memref<f64[3]>", "holds an array"),
    "store": ("memory.store %i, %m {at = #map<() -> (0)>}", "cannot store"),
    "copy": ("memory.copy %m, %n", "sizes differ"),
}


@pytest.mark.parametrize(("op", "rule"), MEMORY.values(), ids=MEMORY.keys())
def test_memory_refuses(op, rule):
    arguments = "%m: memref<f64[3]>, %n: memref<f64[4]>, %i: i64[], %s: f64[]"
    with pytest.raises(VerificationError, match=rule):
        verify(parse(f"function @f({arguments}) -> () {{ {op} return }}"))


LOOP = {
    "never": (f"loop.for %m {{carried = 0, extent = 0}} {STEP}", "at least once"),
    "arguments": (f"loop.for %m, %m {{carried = 0, extent = 2}} {STEP}", "the region must take"),
    "chunks": (
        f"loop.parallel %m {{chunks = 1, combine = (), extent = 2, private = ()}} {STEP}",
        "cannot be 1 chunks",
    ),
    "totals": (
        'loop.parallel %m {chunks = 2, combine = (), extent = 2, private = ((0, "mean"),)} '
        f"{STEP}",
        "a total is one of",
    ),
    "private": (
        'loop.parallel %m {chunks = 2, combine = (), extent = 2, private = ((1, "sum"),)} '
        f"{STEP}",
        "is not captured",
    ),
    "carried": (
        "%v = loop.for %s {carried = 1, extent = 2} : f64[] "
        "(function @step(%i: i64[], %0: f64[]) -> () { return })",
        "must give what it carries",
    ),
    "kernel": (f'loop.kernel %m {{distinct = 1, name = "k"}} {STEP}', "must take"),
    "kernel operand": (f'loop.kernel %s {{distinct = 1, name = "k"}} {STEP}', "must be a memref"),
    "kind": ('%v = loop.accumulate %s, %s {kind = "mean"} : f64[]', "kind is one of"),
    "accumulate": ('%v = loop.accumulate %s, %i {kind = "sum"} : f64[]', "cannot accumulate"),
    "affine": ("%v = loop.affine %s {at = #map<(d0) -> (d0)>} : i64[]", "must take the 1 indices"),
    "gemm at": (
        "loop.gemm %m, %m, %m {at = (#map<(d0) -> (d0)>, #map<() -> (0)>, #map<() -> (0)>), "
        "sizes = (1, 1, 3), strides = ((3, 1), (1, 1), (1, 1))}",
        "batch indices to one position",
    ),
    "gemm dtype": (
        "loop.gemm %k, %m, %m {at = (#map<() -> (0)>, #map<() -> (0)>, #map<() -> (0)>), "
        "sizes = (1, 1, 3), strides = ((3, 1), (1, 1), (1, 1))}",
        "floating or complex matrices of one dtype",
    ),
    "gemm strides": (
        "loop.gemm %m, %m, %m {at = (#map<() -> (0)>, #map<() -> (0)>, #map<() -> (0)>), "
        "sizes = (1, 1, 3), strides = ((3, 2), (1, 1), (1, 1))}",
        "must be 1",
    ),
    "gemm result": (
        "loop.gemm %m, %m, %m {at = (#map<() -> (0)>, #map<() -> (0)>, #map<() -> (0)>), "
        "sizes = (1, 2, 3), strides = ((3, 1), (1, 1), (1, 1))}",
        "the result stand in rows",
    ),
}


@pytest.mark.parametrize(("op", "rule"), LOOP.values(), ids=LOOP.keys())
def test_loop_refuses(op, rule):
    arguments = "%m: memref<f64[3]>, %k: memref<i64[3]>, %i: i64[], %s: f64[]"
    with pytest.raises(VerificationError, match=rule):
        verify(parse(f"function @f({arguments}) -> () {{ {op} return }}"))


def test_the_verifier_knows_every_op_of_the_dialects():
    """Each has a rule, which some IR here breaks."""
    cases = (*KERNEL.values(), *MEMORY.values(), *LOOP.values(), *INVALID.values())
    broken = {name for op, _ in cases for name in re.findall(r"[a-z]+\.[a-z_]+", op)}
    dialects = ("kernel", "memory", "loop", "control", "stack")
    assert {name for name in Definition.registry if name.split(".")[0] in dialects} <= broken


def test_memref_text():
    function = parse("function @f(%m: memref<f64[3,4]>) -> () { return }")
    assert "memref<f64[3,4]>" in str(function)
    with pytest.raises(ValueError, match="a memref holds an array"):
        parse("function @f(%m: memref<memref<f64[3]>>) -> () { return }")


@pytest.mark.parametrize("kind", ["stack", "stackref"])
def test_stacks_of_memory_are_refused(kind):
    with pytest.raises(ValueError, match="a stack holds arrays or stacks, not memref"):
        parse(f"function @f(%m: {kind}<memref<f64[3]>>) -> () {{ return }}")
