"""The LLVM writer: small functions, compiled and called through ctypes."""

from __future__ import annotations

import ctypes

import pytest

from polyad.lowering.linking.engine import Engine, object_code
from polyad.lowering.llvm.module import NOT_UNROLLED, Module
from polyad.lowering.llvm.types import I32, I64, POINTER
from polyad.lowering.llvm.writer import NULL, UP, VOID


def function(write, arguments=1):
    """The C function of integers whose body `write(b)` writes; it gives an integer."""
    module = Module("test")
    b = module.function("f", I64, [I64] * arguments, exported=True)
    b.ret(write(b))
    engine = Engine(object_code(str(module)))
    made = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)(engine.address("f"))
    made.engine = engine
    return made


def sum_of_squares(b, loop):
    total = b.slot(I64, I64(0))
    with loop(b.args[0]) as i:
        b.store(b.add(b.load(total), b.mul(i, i)), total)
    return b.load(total)


@pytest.mark.parametrize("stop", [1, 2, 7])
def test_counted_loops(stop):
    wanted = sum(i * i for i in range(stop))
    assert function(lambda b: sum_of_squares(b, b.over))(stop) == wanted
    assert function(lambda b: sum_of_squares(b, b.repeat))(stop) == wanted


def test_a_loop_of_no_iterations():
    assert function(lambda b: sum_of_squares(b, b.over))(0) == 0
    assert function(lambda b: sum_of_squares(b, b.over))(-3) == 0


def test_a_loop_carries_values_and_pairs():
    def fibonacci(b):
        with b.loop(b.args[0], (I64(0), I64(1))) as loop:
            left, (one, two) = loop.values
            loop.leave_if(b.icmp_signed("==", left, I64(0)))
            loop.next = [b.sub(left, I64(1)), (two, b.add(one, two))]
        return one

    assert [function(fibonacci)(n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]


def test_a_loop_that_tests_at_its_end():
    def digits(b):
        with b.loop(b.args[0], I64(0)) as loop:
            rest, count = loop.values
            rest = b.sdiv(rest, I64(10))
            loop.next = [rest, b.add(count, I64(1), flags=UP)]
            loop.again = b.icmp_signed("!=", rest, I64(0))
            loop.hints = [NOT_UNROLLED]
        return loop.next[1]

    made = function(digits)
    assert [made(n) for n in (0, 9, 10, 12345)] == [1, 1, 2, 5]


def test_the_value_of_a_branch():
    def distance(b):
        one, two = b.args
        less = b.icmp_signed("<", one, two)
        return b.either(less, lambda: b.sub(two, one), lambda: b.sub(one, two))

    made = function(distance, arguments=2)
    assert made(3, 8) == made(8, 3) == 5


@pytest.mark.parametrize("returns", [True, False])
def test_cases(returns):
    def name(b):
        result = b.slot(I64, I64(-1))
        give = lambda value: b.ret(I64(value)) if returns else b.store(I64(value), result)
        with b.if_then(b.icmp_signed("<", b.args[0], I64(100))):
            b.cases(b.args[0], {2: lambda: give(20), 5: lambda: give(50)}, lambda: give(0))
        return b.load(result)

    made = function(name)
    assert [made(n) for n in (2, 5, 6, 200)] == [20, 50, 0, -1]


def test_memory():
    def through_memory(b):
        base = b.room(32, 8)
        b.clear(base, 32)
        b.set_field(b.args[0], base, 8)
        b.copy(b.gep(base, [I64(16)]), base, I64(16))
        address, type = b.packed([base, I32(3), NULL])
        where, three, null = b.unpacked(address, type)
        found = b.add(b.field(where, 24), b.sext(three, I64))
        return b.add(found, b.zext(b.is_null(null), I64))

    assert function(through_memory)(1000) == 1004


def test_outside_functions_are_declared_once():
    def twice(b):
        for _ in range(2):
            room = b.extern("malloc", POINTER, I64(8))
            b.extern("free", VOID, room)
        return b.zext(b.is_there(room), I64)

    assert function(twice)(0) == 1
