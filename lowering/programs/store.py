"""The machine code of units, once in a process, and on disk.

Units that are compiled together are one object file, whose symbols are their digests. On disk it
is an entry under all digests, and for each unit there is an entry with the key of that. The store
keeps the latest object files up to a size; a program keeps those that it runs.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

from polyad.caches import Recent

from ..linking import keys
from ..linking.engine import Engine
from ..linking.object_cache import ObjectCache
from ..locks import kept_over_forks, once
from ..runtime.modules import addresses


@dataclass(frozen=True)
class Code:
    """The machine code of the units with these digests, which were compiled together; `counts` are
    the numbers of their operands.
    """

    engine: Engine
    digests: tuple[str, ...]
    counts: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """The key of it on disk."""
        return keys.key_of_code("code", *self.digests)

    def takes(self, digest: str, count: int) -> bool:
        """Whether a unit takes so many operands."""
        return (digest, count) in zip(self.digests, self.counts, strict=True)

    def address(self, digest: str) -> int:
        """The address of the function of a unit; 0 if it is not here."""
        return self.engine.address(digest)


class Store:
    """Codes by the digests of their units. Those that were asked for longest ago are forgotten
    first, beyond `config.kept_kernels` bytes.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        kept_over_forks(self._lock)
        self._codes: weakref.WeakValueDictionary[str, Code] = weakref.WeakValueDictionary()
        self.recent: Recent[tuple[str, ...], Code] = Recent("kept_kernels")

    def get(self, digest: str) -> Code | None:
        """The code with a unit, if it is kept, or a program that somebody holds has it."""
        with self._lock:
            found = self._codes.get(digest)
            if found is not None:
                self.recent.put(found.digests, found, found.engine.size)
            return found

    def put(self, code: Code) -> None:
        with self._lock:
            self.recent.put(code.digests, code, code.engine.size)
            self._codes.update(dict.fromkeys(code.digests, code))

    def clear(self) -> None:
        """Forget all codes, also those that a program has."""
        with self._lock:
            self._codes.clear()
            self.recent.clear()


STORE = Store()
kept_over_forks(once.lock)  # it is held around the others


def load(code: bytes, names: tuple[str, ...], units: Mapping[str, int]) -> Code:
    """The code of an object file with units of these digests, and the operands of each."""
    return Code(Engine(code, addresses(names)), tuple(units), tuple(units.values()))


def loaded(code: bytes, names: tuple[str, ...], units: Mapping[str, int]) -> Code:
    """The code of an object file, which is then in the store."""
    made = load(code, names, units)
    STORE.put(made)
    return made


def keep(disk: ObjectCache, code: bytes, names: tuple[str, ...], units: Mapping[str, int]) -> None:
    """Keep an object file on disk."""
    key = keys.key_of_code("code", *units)
    listed = "".join(f"{digest} {count}\n" for digest, count in units.items()).encode() + b"\n"
    disk.put(key, listed + keys.pack(names, code))
    for digest in units:
        disk.put(keys.key_of_code("unit", digest), key.encode())


def found(disk: ObjectCache | None, digest: str) -> Code | None:
    """The code of a unit: in the store, or else on disk."""
    code = STORE.get(digest)
    if code is not None or disk is None:
        return code
    key = disk.get(keys.key_of_code("unit", digest))
    return None if key is None else found_together(disk, key.decode("ascii", "replace"), digest)


def found_together(disk: ObjectCache, key: str, digest: str) -> Code | None:
    """The code on disk under a key, if the unit is in it."""
    entry = disk.get(key) if len(key) == 64 and set(key) <= set("0123456789abcdef") else None
    if entry is None:
        return None
    try:
        listed, _, rest = entry.partition(b"\n\n")
        lines = [line.split(" ") for line in listed.decode().split("\n")]
        units = {name: int(count) for name, count in lines}
        if digest not in units or keys.key_of_code("code", *units) != key:
            return None
        names, code = keys.unpack(rest)
        made = loaded(code, names, units)
    except (LookupError, ValueError, TypeError, RuntimeError):
        return None
    return made if made.address(digest) else None
