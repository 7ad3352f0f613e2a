"""Types of the IR: dtypes, and the `ArrayType` that every value of the array dialect has.

Types are interned: two equal types are one object, so comparing and hashing them is free. Dialects
add types of their own by subclassing `Type` and naming a parser for their text (`Type.parsers`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar

from ..caches import Interned, Memo
from ..errors import PolyadTypeError, ShapeError
from ..lazy import provided
from ..texts import shown
from .symbolic import SYMBOLIC, Dim, as_float, extent

Shape = tuple[int, ...]


class DType:
    """The element type of an array; its names are the array-API standard's.

    `short` is the name in IR text (`f64`), `family` one of `bool`, `int`, `uint`, `float`,
    `complex`, `kind` the same as NumPy's letter, `bits` the width of one element (for complex, of
    both parts together), `mantissa` the stored digits of a float. A dtype of 16 bits is for
    storage: its elements are computed with in another, `compute` (see `passes.widen`). `type`,
    `char`, `str`, `num`, `byteorder`, … are those of NumPy's dtype.
    """

    __slots__ = (
        "name",
        "short",
        "family",
        "kind",
        "bits",
        "mantissa",
        "compute",
        "is_stored",
        "is_floating",
        "is_complex",
        "is_inexact",
        "is_integer",
    )
    by_name: ClassVar[dict[str, DType]] = {}
    by_short: ClassVar[dict[str, DType]] = {}

    def __init__(
        self,
        name: str,
        short: str,
        family: str,
        bits: int,
        mantissa: int = 0,
        compute: DType | None = None,
        kind: str = "",
    ) -> None:
        self.name, self.short, self.family, self.bits = name, short, family, bits
        self.kind = kind or family[0]
        self.mantissa = mantissa
        self.compute: DType = compute or self
        self.is_stored = compute is not None  # and not computed with
        self.is_floating, self.is_complex = family == "float", family == "complex"
        self.is_inexact = family in ("float", "complex")  # the dtypes that have derivatives
        self.is_integer = family in ("int", "uint")
        DType.by_name[name] = DType.by_short[short] = self

    def __repr__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        """Equal to the same dtype, also as another library spells it (`numpy.float64`,
        `torch.float64`).
        """
        if self is other:
            return True
        if isinstance(other, DType) or other is None:
            return False
        try:
            return as_dtype(other) is self
        except (TypeError, ValueError):
            return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[Callable[[str], DType], tuple[str]]:
        return as_dtype, (self.name,)

    @property
    def __name__(self) -> str:
        """The name, as that of NumPy's classes of numbers."""
        return self.name

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return max(1, self.bits // 8)

    @property
    def dtype(self) -> Any:
        """NumPy's dtype of this name: `numpy.zeros(n, dtype=x.dtype)` works for a traced x."""
        import ml_dtypes  # where a user asks for it; the IR itself does without
        import numpy

        return numpy.dtype(getattr(ml_dtypes, self.name, self.name))

    def __call__(self, value: object) -> Any:
        """`value` as an array of this dtype, as NumPy's and JAX's dtypes give."""
        return provided("namespace").asarray(value, dtype=self)

    @property
    def real(self) -> DType:
        """The dtype of the real part."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)

    @property
    def complex(self) -> DType:
        """The complex dtype with such parts; of a float of 16 bits, with float32."""
        return {"float64": complex128}.get(self.name, self if self.is_complex else complex64)

    def scalar(self, value: Any) -> Any:
        """A literal's value as a Python scalar of this kind, or as a symbolic one."""
        if type(value) not in SYMBOLIC or self.family in ("bool", "complex"):
            return self.python_type(value)
        if self.family == "float":
            return as_float(value) if type(value) is Dim else value
        return value if type(value) is Dim else int(value)

    @property
    def limits(self) -> tuple[float, float, float]:
        """Of a float: eps, the largest number and the smallest normal one."""
        bias = 2 ** (self.bits - self.mantissa - 2) - 1
        eps = 2.0**-self.mantissa
        return eps, (2 - eps) * 2.0**bias, 2.0 ** (1 - bias)

    @property
    def python_type(self) -> type:
        """The Python scalar type of this kind."""
        return {"bool": bool, "float": float, "complex": complex}.get(self.family, int)


NUMPYS = (
    *("alignment", "base", "byteorder", "char", "fields", "flags", "hasobject", "isbuiltin"),
    *("isnative", "metadata", "names", "ndim", "newbyteorder", "num", "shape", "str", "subdtype"),
    "type",
)
"""Attributes of NumPy's dtypes that a dtype here takes from them; `__getattr__` would make all
others slower.
"""
for _name in NUMPYS:
    setattr(DType, _name, property(operator.attrgetter(f"dtype.{_name}")))

bool_ = DType("bool", "bool", "bool", 8)
int8 = DType("int8", "i8", "int", 8)
int16 = DType("int16", "i16", "int", 16)
int32 = DType("int32", "i32", "int", 32)
int64 = DType("int64", "i64", "int", 64)
uint8 = DType("uint8", "u8", "uint", 8)
uint16 = DType("uint16", "u16", "uint", 16)
uint32 = DType("uint32", "u32", "uint", 32)
uint64 = DType("uint64", "u64", "uint", 64)
float32 = DType("float32", "f32", "float", 32, 23)
float64 = DType("float64", "f64", "float", 64, 52)
complex64 = DType("complex64", "c64", "complex", 64)
complex128 = DType("complex128", "c128", "complex", 128)
float16 = DType("float16", "f16", "float", 16, 10, compute=float32)
bfloat16 = DType("bfloat16", "bf16", "float", 16, 7, compute=float32, kind="V")

_PYTHON_DTYPES: dict[Any, DType] = {bool: bool_, int: int64, float: float64, complex: complex128}
_DTYPE_MEMO: Memo[Any, DType] = Memo()


def as_dtype(spec: object) -> DType:
    """The `DType` that `spec` means: a `DType`, a name, a Python type, or another library's dtype.

    Raises `TypeError` for a name of no dtype of polyad (`float128`, `object`, …).
    """
    if type(spec) is DType:
        return spec
    try:
        found = _DTYPE_MEMO.get(spec)
    except TypeError:
        raise PolyadTypeError(f"a dtype, or its name, not {shown(spec)}") from None
    if found is None:
        found = _DTYPE_MEMO.remember(spec, _find_dtype(spec))
    return found


def _find_dtype(spec: object) -> DType:
    if isinstance(spec, type) and spec in _PYTHON_DTYPES:
        return _PYTHON_DTYPES[spec]
    if isinstance(spec, str):
        name = spec if spec in DType.by_name else _name_by_numpy(spec)
    elif isinstance(spec, type):
        name = spec.__name__.rstrip("_")  # numpy.float64, numpy.bool_
    else:
        text = shown(spec, 200).rpartition(".")[2]  # torch.float64
        name = getattr(spec, "name", None) or text  # numpy.dtype
    if name not in DType.by_name:
        known = ", ".join(DType.by_name)
        raise PolyadTypeError(f"polyad has no dtype {name!r}; it has {known}")
    return DType.by_name[name]


def _name_by_numpy(code: str) -> str:
    """The name of the dtype that NumPy reads in that text (`f4`, `<f8`, `int`), or the text."""
    import numpy  # for such text only; the IR itself does without

    try:
        dtype = numpy.dtype(code)
    except (TypeError, SyntaxError, ValueError):
        return code
    return dtype.name if dtype.isnative else code


class Type:
    """Base of the types a value can have. `parsers` maps a leading word of type text to its
    reader.
    """

    __slots__ = ()
    parsers: ClassVar[dict[str, Callable[..., Type]]] = {}


LARGEST = 2**63 - 1
"""The most bytes that an array can have: what an index counts."""


class ArrayType(Type):
    """`dtype` and `shape` of an array; prints as `f64[3,4]`.

    >>> ArrayType(float64, (3, 4))
    f64[3,4]
    >>> ArrayType(float64, (3, 4)) is ArrayType(float64, (3, 4))
    True
    """

    __slots__ = ("dtype", "shape", "_text", "__weakref__")
    dtype: DType
    shape: Shape
    _text: str
    _interned: ClassVar[Interned[tuple[str, Shape], ArrayType]] = Interned()

    def __new__(cls, dtype: DType, shape: Shape = ()) -> ArrayType:
        key = (dtype.name, shape)
        found = cls._interned.get(key)
        if found is None:
            for n in shape:
                if isinstance(n, Dim):
                    return n.scope.once((cls, *key), lambda: cls.made(dtype, shape))
            found = cls.made(dtype, shape)
            found = cls._interned.remember((dtype.name, found.shape), found)
        return found

    @classmethod
    def made(cls, dtype: DType, shape: Shape) -> ArrayType:
        found = super().__new__(cls)
        found.dtype, found.shape = dtype, tuple([extent(n) for n in shape])
        named = any(isinstance(n, Dim) and not n.scope.is_open for n in found.shape)
        if not named and found.nbytes > LARGEST:
            raise ShapeError(f"an array of shape {found.shape} is larger than any memory")
        found._text = f"{dtype.short}[{','.join(map(repr, found.shape))}]"
        return found

    def __repr__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type[ArrayType], tuple[DType, Shape]]:
        return (ArrayType, (self.dtype, self.shape))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        size = 1
        for n in self.shape:
            size *= n
        return size

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def with_dtype(self, dtype: DType) -> ArrayType:
        return ArrayType(dtype, self.shape)

    def with_batch(self, size: int) -> ArrayType:
        """The type of a batch of these: one more axis, in front."""
        return ArrayType(self.dtype, (size, *self.shape))

    def with_shape(self, shape: Shape) -> ArrayType:
        return ArrayType(self.dtype, shape)


class Attribute:
    """A structured attribute value; prints as `#tag<text>`. Subclasses register a reader under
    their tag.
    """

    tag: ClassVar[str]
    parsers: ClassVar[dict[str, Callable[[str], Attribute]]] = {}
    is_local: ClassVar[bool] = False
    """Whether the text names an object of this process."""

    def text(self) -> str:
        """The text between the angle brackets; its own angle brackets are balanced."""
        raise TypeError(f"{type(self).__name__} must say how it prints")
