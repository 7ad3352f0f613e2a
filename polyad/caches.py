"""The caches of this process. Each holds at most so many bytes, by estimate, as a setting of
`config` says, and is emptied by `clear`.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar
from weakref import WeakValueDictionary

from .config import config

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")


class Memo(dict[K, V]):
    """A dict of small things that can be made again. All such dicts together hold at most
    `config.kept_memos` bytes, each entry counting as `ENTRY`: a new one beyond that empties them
    all. A look-up is a dict's.
    """

    ENTRY = 600
    _all: ClassVar[list[Memo[Any, Any]]] = []
    _entries: ClassVar[list[int]] = [0]

    def __init__(self) -> None:
        super().__init__()
        Memo._all.append(self)

    def remember(self, key: K, value: V, entries: int = 1) -> V:
        """Enter `value`, which counts as so many entries, and give it."""
        if Memo._entries[0] * Memo.ENTRY >= config.kept_memos:
            Memo.empty()
        Memo._entries[0] += entries
        self[key] = value
        return value

    @classmethod
    def empty(cls) -> None:
        """Empty all such dicts."""
        for memo in cls._all:
            memo.clear()
        cls._entries[0] = 0


class Interned(Memo[K, V]):
    """A memo of values of which there is one for each key: one that goes, and that someone holds,
    comes back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alive: WeakValueDictionary[K, V] = WeakValueDictionary()

    def remember(self, key: K, value: V, entries: int = 1) -> V:
        """Enter `value`, unless there is one, and give the one that there is."""
        return super().remember(key, self.alive.setdefault(key, value), entries)


def remembered(function: Callable[P, V]) -> Callable[P, V]:
    """`function` of hashable arguments, with its results in a memo."""
    memo: Memo[Any, tuple[V]] = Memo()

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> V:
        key = (args, frozenset(kwargs.items()))
        found = memo.get(key)
        if found is None:
            found = memo.remember(key, (function(*args, **kwargs),))
        return found[0]

    return run


class Recent(Generic[K, V]):
    """The things that were used last. `setting` is the bound in bytes, a setting of `config`;
    beyond it the one used least recently goes, the newest never. `dropped` is called with it.
    """

    _all: ClassVar[list[Recent[Any, Any]]] = []

    def __init__(self, setting: str, dropped: Callable[[V], None] | None = None) -> None:
        self.setting, self.dropped = setting, dropped
        self.entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.nbytes = 0
        Recent._all.append(self)
        config.listen(setting, lambda limit: self.shrink(limit))

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, key: K) -> bool:
        return key in self.entries

    def __iter__(self) -> Iterator[V]:
        return iter([value for value, _ in self.entries.values()])

    def put(self, key: K, value: V, nbytes: int) -> None:
        """Enter `value` as the newest, or anew with another size."""
        self.remove(key)
        self.entries[key] = value, nbytes
        self.nbytes += nbytes
        self.shrink(getattr(config, self.setting))

    def renew(self, key: K) -> bool:
        """Make an entry the newest, and tell whether there is one."""
        if key not in self.entries:
            return False
        self.entries.move_to_end(key)
        return True

    def remove(self, key: K) -> None:
        """Take an entry out, if there is one under this key."""
        _, nbytes = self.entries.pop(key, (None, 0))
        self.nbytes -= nbytes

    def shrink(self, limit: int) -> None:
        """Let the oldest go until the others take at most `limit` bytes."""
        while self.nbytes > limit and len(self.entries) > 1:
            value, nbytes = self.entries.popitem(last=False)[1]
            self.nbytes -= nbytes
            if self.dropped is not None:
                self.dropped(value)

    def clear(self) -> None:
        """Let everything go."""
        self.entries.clear()
        self.nbytes = 0


def clear() -> None:
    """Empty all caches of this process."""
    for recent in Recent._all:
        recent.clear()
    Memo.empty()
