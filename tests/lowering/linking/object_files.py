"""The undefined symbols of object files: ELF, Mach-O and COFF of 64 bits, of the lower byte first.

Formats: the System V ABI, chapter 4; Apple's mach-o/loader.h and nlist.h; Microsoft's PE Format.
"""

import struct


def text_at(data, at):
    return data[at : data.index(0, at)].decode()


def elf(data):
    sections, size, count = (
        struct.unpack_from("<Q", data, 40)[0],
        *struct.unpack_from("<HH", data, 58),
    )
    rows = [struct.unpack_from("<IIQQQQIIQQ", data, sections + i * size) for i in range(count)]
    for _, kind, _, _, offset, length, link, *_ in rows:
        if kind == 2:  # SHT_SYMTAB
            for at in range(offset, offset + length, 24):
                name, _, _, section = struct.unpack_from("<IBBH", data, at)
                if name and not section:
                    yield text_at(data, rows[link][4] + name)


def mach_o(data):
    at = 32
    for _ in range(struct.unpack_from("<I", data, 16)[0]):
        command, size = struct.unpack_from("<II", data, at)
        if command == 2:  # LC_SYMTAB
            symbols, count, texts, _ = struct.unpack_from("<IIII", data, at + 8)
            for i in range(count):
                name, kind = struct.unpack_from("<IB", data, symbols + 16 * i)
                if not kind & 0xEE and kind & 1:  # no debugger's symbol, N_UNDF, N_EXT
                    yield text_at(data, texts + name)
        at += size


def coff(data):
    symbols, count = struct.unpack_from("<II", data, 8)
    texts, i = symbols + 18 * count, 0
    while i < count:
        at = symbols + 18 * i
        value, section, _, kind, more = struct.unpack_from("<IhHBB", data, at + 8)
        if section == 0 and value == 0 and kind == 2:  # IMAGE_SYM_CLASS_EXTERNAL
            short, far = struct.unpack_from("<II", data, at)
            name = data[at : at + 8].rstrip(b"\0").decode() if short else text_at(data, texts + far)
            yield name
        i += 1 + more


MACHINES = (0x8664, 0xAA64)  # of COFF: x86-64, arm64


def undefined(data):
    """The format of an object file, and the set of its undefined symbols."""
    if data[:6] == b"\x7fELF\2\1":
        return "ELF", set(elf(data))
    if data[:4] == b"\xcf\xfa\xed\xfe":
        return "Mach-O", set(mach_o(data))
    assert struct.unpack_from("<H", data)[0] in MACHINES
    return "COFF", set(coff(data))
