"""Pytrees: nested containers of arrays, by optree. Tuples, lists, dicts, namedtuples and None are
known; other classes join by `register_dataclass` or `register_node_class`.

>>> from polyad import tree
>>> tree.map(lambda x: x + 1, {"a": 1, "b": (2, None)})
{'a': 2, 'b': (3, None)}
"""

from . import _exit as _exit
from ._core import LATE as LATE
from ._core import NAMESPACE as NAMESPACE
from ._core import PyTreeDef as PyTreeDef
from ._core import all as all
from ._core import all_leaves as all_leaves
from ._core import broadcast as broadcast
from ._core import broadcast_nones as broadcast_nones
from ._core import broadcast_prefix as broadcast_prefix
from ._core import flatten as flatten
from ._core import leaves as leaves
from ._core import map as map
from ._core import paths as paths
from ._core import reduce as reduce
from ._core import reduce_associative as reduce_associative
from ._core import settle as settle
from ._core import structure as structure
from ._core import transpose as transpose
from ._core import unflatten as unflatten
from ._nodes import Partial as Partial
from ._nodes import fields_of as fields_of
from ._nodes import flatten_one_level as flatten_one_level
from ._nodes import flatten_one_level_with_keys as flatten_one_level_with_keys
from ._nodes import is_node as is_node
from ._nodes import register_dataclass as register_dataclass
from ._nodes import register_node as register_node
from ._nodes import register_node_class as register_node_class
from ._nodes import register_static as register_static
from ._nodes import register_with_keys as register_with_keys
from ._nodes import register_with_keys_class as register_with_keys_class
from ._nodes import static as static
from ._paths import DictKey as DictKey
from ._paths import FlattenedIndexKey as FlattenedIndexKey
from ._paths import GetAttrKey as GetAttrKey
from ._paths import KeyPath as KeyPath
from ._paths import SequenceKey as SequenceKey
from ._paths import flatten_with_path as flatten_with_path
from ._paths import keystr as keystr
from ._paths import leaves_with_path as leaves_with_path
from ._paths import map_with_path as map_with_path
