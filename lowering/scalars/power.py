"""Powers of integers."""

from __future__ import annotations

from ..llvm.types import Value
from ..llvm.writer import Writer


def of_integers(b: Writer, x: Value, y: Value) -> Value:
    """x to the power of the unsigned y by repeated squaring; as many low bits as x has."""
    zero, one = x.type(0), x.type(1)
    with b.loop(y, x, one) as loop:
        left, factor, total = loop.values
        odd = b.icmp_unsigned("!=", b.and_(left, one), zero)
        product = b.mul(total, b.select(odd, factor, one))
        rest = b.lshr(left, one)
        loop.next = [rest, b.mul(factor, factor), product]
        loop.again = b.icmp_unsigned("!=", rest, zero)
    return product
