"""Machine code on disk, kept between processes: a folder of entries, each in a file of its own.

An entry's name is its key (see `keys`). Its file holds a header, with the key again and a checksum,
and then bytes; nothing is unpickled. It is written beside its place and moved there, so processes
may share the folder. If the folder is over its limit, the entries that were not used for longest
are removed. Other files stay.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import stat
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polyad.system import SYSTEM

MAGIC = b"polyad object 1\n"
HEADER = len(MAGIC) + 64  # the magic, the key, the checksum
SUFFIX = ".polyad"
ENTRY = re.compile(r"[0-9a-f]{64}\.polyad")
UNFINISHED = re.compile(r"[0-9a-f]{64}\.polyad\.[0-9a-f]{16}")
ABANDONED = 3600.0  # seconds after which an unfinished file is abandoned
LOOKED = 0.01
KEPT_SHARE = 0.8  # of the limit stays when entries are removed, so that this happens seldom


class ObjectCache:
    """The entries in `directory`, of `limit` bytes together. If the file system fails, there is one
    warning, and the cache finds and keeps nothing.
    """

    def __init__(self, directory: str, limit: int) -> None:
        self.directory, self.limit = Path(directory).expanduser(), limit
        self._room: int | None = None  # bytes left, as far as is known; None: not looked yet
        self._warned = False
        self._reads = self._writes = True

    def get(self, key: str) -> bytes | None:
        """The bytes under `key`, a SHA-256 in hexadecimal; None if there are none, or they are
        damaged.
        """
        if not self._reads:
            return None
        path = self._path(key)
        try:
            if not self._is_private():
                return None
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._give_up(error, reading=True)
            return None
        body = data[HEADER:]
        if data[:HEADER] != _header(key, body):
            return None
        with contextlib.suppress(OSError):  # a folder one may only read has no order of use
            os.utime(path)
        return body

    def put(self, key: str, body: bytes) -> None:
        """Keep `body` under `key`."""
        size = HEADER + len(body)
        if not self._writes or size > self.limit:
            return
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_private():
                self._write(self._path(key), _header(key, body) + body)
                if self._room is not None or self._is_due(key, size):
                    self._make_room(size)
        except OSError as error:
            self._give_up(error, reading=False)

    def info(self) -> dict[str, Any]:
        """`directory`, number of `entries`, their `bytes` together, and the `limit` of that."""
        sizes = [size for _, size, _ in self._entries()]
        return {
            "directory": str(self.directory),
            "entries": len(sizes),
            "bytes": sum(sizes),
            "limit": self.limit,
        }

    def clear(self) -> int:
        """Remove all entries; gives their number."""
        removed = 0
        for path, _, _ in self._entries():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
                removed += 1
        self._room = None
        return removed

    # -- Parts

    def _path(self, key: str) -> Path:
        return self.directory / (key + SUFFIX)

    def _is_private(self) -> bool:
        """Whether only this user can write here: code that others may have written is not run."""
        found = self.directory.stat()
        if not SYSTEM.owners:
            return True
        if found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return True
        self._give_up("other users can write into it", reading=True)
        return False

    def _write(self, path: Path, data: bytes) -> None:
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            with open(os.open(unfinished, flags, 0o600), "wb") as file:
                file.write(data)
            unfinished.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise

    def _is_due(self, key: str, size: int) -> bool:
        """Whether to look through the folder after this entry, the first ones of this process. Most
        processes write little, and it takes long if there are many entries; so it is done about
        once for each `LOOKED` of the limit that all processes write: keys are as good as random.
        """
        return int(key[:8], 16) * LOOKED * self.limit < size << 32

    def _make_room(self, size: int) -> None:
        """Count a new entry's bytes. Over the limit, remove the entries not used for longest."""
        if self._room is not None:
            self._room -= size
            if self._room >= 0:
                return
        entries = list(self._entries())
        total = sum(size for _, size, _ in entries)
        if total > self.limit:
            for path, size, _ in sorted(entries, key=lambda entry: entry[2]):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                total -= size
                if total <= KEPT_SHARE * self.limit:
                    break
        self._room = self.limit - total

    def _entries(self) -> Iterator[tuple[str, int, int]]:
        """Path, size and time of use of each entry. Abandoned files of writers are removed."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self.directory) as found:
            for file in found:
                with contextlib.suppress(FileNotFoundError):
                    if ENTRY.fullmatch(file.name):
                        status = file.stat(follow_symlinks=False)
                        yield file.path, status.st_size, status.st_mtime_ns
                    elif UNFINISHED.fullmatch(file.name) and _is_abandoned(file):
                        os.unlink(file.path)

    def _give_up(self, reason: object, *, reading: bool) -> None:
        self._writes = False
        self._reads = self._reads and not reading
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"polyad keeps no compiled code in {self.directory}: {reason}\n  Set "
                "config.cache_dir or POLYAD_CACHE_DIR to a folder of your own, or to '' for none.",
                RuntimeWarning,
                stacklevel=2,
            )


def _is_abandoned(file: os.DirEntry[str]) -> bool:
    return time.time() - file.stat(follow_symlinks=False).st_mtime > ABANDONED


def _header(key: str, body: bytes) -> bytes:
    return MAGIC + bytes.fromhex(key) + hashlib.sha256(body).digest()
