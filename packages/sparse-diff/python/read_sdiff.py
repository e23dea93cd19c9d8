"""Reads a sparse diff, formats 1.1 and 2.0, with Python's standard library alone; written from README.md.

    python3 read_sdiff.py file.sdiff     # prints the diff as JSON, values as fp32 bit patterns in hexadecimal
"""

import json
import struct
import sys
import zlib


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """Yields (number, value): an int for wire types 0, 1 and 5, bytes for 2."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            size = {1: 8, 5: 4}[wire]
            value, at = int.from_bytes(data[at : at + size], "little"), at + size
        yield number, value


def read_property(message):
    name, value = "", ""
    for number, content in fields(message):
        if number == 1:
            name = content.decode()
        elif number == 2:
            value = struct.unpack("<d", content.to_bytes(8, "little"))[0]
        elif number == 3:
            value = content.decode()
        elif number == 4:
            value = bool(content)
    return {name: value}


def read_manifest(message):
    names = {4: "task", 6: "head", 7: "method", 9: "tokenizer"}
    groups = {3: "architecture", 10: "metrics", 11: "hyperparameters", 12: "producers", 13: "annotations"}
    manifest = {name: "" for name in names.values()} | {name: {} for name in groups.values()}
    manifest |= {"fingerprint": "", "parameters": 0, "labels": [], "density": 0, "texts": 0}
    for number, value in fields(message):
        if number in names:
            manifest[names[number]] = value.decode()
        elif number in groups:
            manifest[groups[number]] |= read_property(value)
        elif number == 1:
            manifest["fingerprint"] = value.decode()
        elif number == 2:
            manifest["parameters"] = value
        elif number == 5:
            manifest["labels"].append(value.decode())
        elif number == 8:
            manifest["density"] = struct.unpack("<d", value.to_bytes(8, "little"))[0]
        elif number == 14:
            manifest["texts"] = value
        elif number == 15:
            manifest["adapters"] = read_adapters(value)
    return manifest


def read_adapters(message):
    names = {1: "kind", 2: "bottleneck", 3: "nonLinearity"}
    adapters = {"kind": "", "bottleneck": 0, "nonLinearity": ""}
    for number, value in fields(message):
        # what is not known may change what they compute
        adapters[names[number]] = value if number == 2 else value.decode()
    return adapters


def read_positions(code, modulus, count):
    bits = "".join(f"{byte:08b}" for byte in code)
    width = (modulus - 1).bit_length()
    short = 2**width - modulus
    positions, at, last = [], 0, -1
    for _ in range(count):
        one = bits.index("1", at)
        quotient, at = one - at, one + 1
        remainder = 0
        if width > 0:
            remainder = int("0" + bits[at : at + width - 1], 2)
            at += width - 1
            if remainder >= short:
                remainder = remainder * 2 + int(bits[at]) - short
                at += 1
        last += 1 + quotient * modulus + remainder
        positions.append(last)
    return positions


def read_values(coding, data, count):
    def scales(block):
        blocks = -(-count // block)
        words = struct.unpack(f"<{blocks}H", data[: 2 * blocks])
        return [struct.unpack("<f", struct.pack("<I", word << 16))[0] for word in words], data[2 * blocks :]

    if coding == "fp32":
        return struct.unpack(f"<{count}f", data)
    if coding == "fp16":
        return struct.unpack(f"<{count}e", data)
    if coding == "scaled_fp16":
        scale = struct.unpack("<f", b"\0\0" + data[:2])[0]
        return [value * scale for value in struct.unpack(f"<{count}e", data[2:])]
    if coding == "bf16":
        return [struct.unpack("<f", struct.pack("<I", w << 16))[0] for w in struct.unpack(f"<{count}H", data)]
    if coding == "int8":
        scale, data = scales(64)
        return [value * scale[i // 64] for i, value in enumerate(struct.unpack(f"{count}b", data))]
    if coding == "int4":
        scale, data = scales(32)
        nibbles = [(data[i // 2] >> (4 * (i % 2))) & 15 for i in range(count)]
        return [(nibble - 16 * (nibble > 7)) * scale[i // 32] for i, nibble in enumerate(nibbles)]
    scale = struct.unpack("<f", data[:4])[0]
    return [-scale if data[4 + i // 8] >> (i % 8) & 1 else scale for i in range(count)]


def read_tensor(message):
    operations = {1: "add", 2: "set", 3: "zero", 4: "replace-sparse", 5: "replace-dense"}
    codings = {7: "fp32", 8: "fp16", 9: "bf16", 10: "int8", 11: "int4", 12: "sign", 13: "scaled_fp16"}
    found = dict(fields(message))
    shape, at = [], 0
    while at < len(found.get(2, b"")):
        size, at = varint(found[2], at)
        shape.append(size)
    elements = 1
    for size in shape:
        elements *= size
    operation, count = operations[found[3]], found.get(4, 0)
    if operation == "replace-dense":
        positions, amount = [], elements
    elif 5 in found:
        positions, amount = read_positions(found[6], found[5], count), count
    else:
        positions, amount = list(range(count)), count
    values = []
    for number, coding in codings.items():
        if number in found:
            values = read_values(coding, found[number], amount)
    return {
        "name": found[1].decode(),
        "shape": shape,
        "operation": operation,
        "positions": positions,
        "values": [struct.pack(">f", value).hex() for value in values],
    }


def read(data):
    assert data[:6] == b"\x89SDIFF" and data[6] in (1, 2)
    manifest, tensors = None, []
    for number, value in fields(data[8:]):
        if number == 1:
            manifest = read_manifest(value)
        elif number == 2:
            tensors.append(read_tensor(value))
        elif number == 15:
            assert value == zlib.crc32(data[:-5])
    return {"manifest": manifest, "tensors": tensors}


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        print(json.dumps(read(file.read())))
