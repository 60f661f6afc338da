"""Reads the parquet files that fpt writes, where there is no pyarrow: one group of rows, plain pages, snappy.

Of the format only what those files use is known; anything else is a ValueError.
"""

import pathlib
import struct


class Bytes:
    """Thrift's compact protocol, read from a place on."""

    def __init__(self, data: bytes, at: int):
        self.data, self.at = data, at

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def integer(self) -> int:
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def value(self, kind: int):
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            self.at += 1
            return self.data[self.at - 1]
        if kind in (4, 5, 6):
            return self.integer()
        if kind == 8:
            length = self.varint()
            self.at += length
            return self.data[self.at - length : self.at]
        if kind == 9:
            head = self.data[self.at]
            self.at += 1
            length = head >> 4 if head >> 4 < 15 else self.varint()
            return [self.value(head & 15) for _ in range(length)]
        if kind == 12:
            return self.fields()
        raise ValueError(f"thrift type {kind}")

    def fields(self) -> dict:
        """A struct, by the numbers of its fields."""
        found, number = {}, 0
        while head := self.data[self.at]:
            self.at += 1
            number = number + (head >> 4) if head >> 4 else self.integer()
            found[number] = self.value(head & 15)
        self.at += 1
        return found


def snappy(data: bytes) -> bytes:
    """Raw snappy, unpacked."""
    source = Bytes(data, 0)
    length, out = source.varint(), bytearray()
    while source.at < len(data):
        tag = data[source.at]
        source.at += 1
        if tag & 3 == 0:
            size = tag >> 2
            if size >= 60:
                extra = size - 59
                size = int.from_bytes(data[source.at : source.at + extra], "little")
                source.at += extra
            out += data[source.at : source.at + size + 1]
            source.at += size + 1
            continue
        if tag & 3 == 1:
            size, offset, more = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[source.at], 1
        else:
            more = 2 if tag & 3 == 2 else 4
            size, offset = (tag >> 2) + 1, int.from_bytes(data[source.at : source.at + more], "little")
        source.at += more
        for _ in range(size):
            out.append(out[-offset])
    if len(out) != length:
        raise ValueError("damaged snappy")
    return bytes(out)


def levels(data: bytes, count: int) -> list[int]:
    """Runs and packed bits of width 1: which cells have a value."""
    source, found = Bytes(data, 0), []
    while len(found) < count:
        head = source.varint()
        if head & 1:
            for _ in range(head >> 1):
                found += [data[source.at] >> bit & 1 for bit in range(8)]
                source.at += 1
        else:
            found += [data[source.at]] * (head >> 1)
            source.at += 1
    return found[:count]


def plain(data: bytes, kind: int, count: int) -> list:
    if kind == 0:
        return [bool(data[index >> 3] >> (index & 7) & 1) for index in range(count)]
    if kind in (2, 5):
        return list(struct.unpack_from(f"<{count}{'q' if kind == 2 else 'd'}", data))
    if kind != 6:
        raise ValueError(f"physical type {kind}")
    found, at = [], 0
    for _ in range(count):
        (length,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4 : at + 4 + length].decode())
        at += 4 + length
    return found


def column(data: bytes, chunk: dict) -> list:
    """The cells of one column, `None` where there is none."""
    meta, cells = chunk[3], []
    if 11 in meta:
        raise ValueError("a dictionary: not a file of fpt's")
    source = Bytes(data, meta[9])
    while len(cells) < meta[5]:
        page = source.fields()
        if page[1] != 0:
            raise ValueError(f"page type {page[1]}")
        body = data[source.at : source.at + page[3]]
        source.at += page[3]
        body = snappy(body) if meta[4] == 1 else body
        count = page[5][1]
        (length,) = struct.unpack_from("<I", body)
        there = levels(body[4 : 4 + length], count)
        values = iter(plain(body[4 + length :], meta[1], sum(there)))
        cells += [next(values) if level else None for level in there]
    return cells


def read(path: pathlib.Path) -> list[dict]:
    """The rows of a file."""
    data = path.read_bytes()
    (length,) = struct.unpack("<I", data[-8:-4])
    footer = Bytes(data, len(data) - 8 - length).fields()
    columns = {}
    for group in footer[4]:
        for chunk in group[1]:
            columns.setdefault(chunk[3][3][0].decode(), []).extend(column(data, chunk))
    return [dict(zip(columns, cells)) for cells in zip(*columns.values())]
