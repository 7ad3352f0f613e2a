"""The IR: types, functions, and their text. Knows nothing of ops, tracing or execution."""

from .builder import Builder as Builder
from .builder import Handle as Handle
from .builder import Numbered as Numbered
from .core import Attributes as Attributes
from .core import Definition as Definition
from .core import Function as Function
from .core import Op as Op
from .core import Value as Value
from .location import HERE as HERE
from .location import Location as Location
from .location import together as together
from .location import user_location as user_location
from .location import where as where
from .parser import parse as parse
from .printer import print_function as print_function
from .types import ArrayType as ArrayType
from .types import Attribute as Attribute
from .types import DType as DType
from .types import Shape as Shape
from .types import Type as Type
from .types import as_dtype as as_dtype
from .verifier import verify as verify
