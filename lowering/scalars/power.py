"""Powers of integers."""

from __future__ import annotations

from llvmlite import ir

from ..llvm.types import Value


def of_integers(b: ir.IRBuilder, x: Value, y: Value) -> Value:
    """x to the power of the unsigned y by repeated squaring; as many low bits as x has."""
    type = x.type
    zero, one = type(0), type(1)
    before, body, after = b.block, b.append_basic_block("square"), b.append_basic_block("power")
    b.branch(body)
    b.position_at_end(body)
    left, factor, total = (b.phi(type) for _ in range(3))
    for phi, start in ((left, y), (factor, x), (total, one)):
        phi.add_incoming(start, before)
    odd = b.icmp_unsigned("!=", b.and_(left, one), zero)
    product = b.mul(total, b.select(odd, factor, one))
    rest = b.lshr(left, one)
    for phi, value in ((left, rest), (factor, b.mul(factor, factor)), (total, product)):
        phi.add_incoming(value, body)
    b.cbranch(b.icmp_unsigned("!=", rest, zero), body, after)
    b.position_at_end(after)
    return product
