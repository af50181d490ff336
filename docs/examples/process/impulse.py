"""Gaussian noise with rare strong impulses: a channel in the standard library alone, its protocol included."""
import json
import math
import struct
import sys
from array import array

answers, sys.stdout = sys.stdout.buffer, sys.stderr  # a stray print must not get among the answers


def read(count):
    data = sys.stdin.buffer.read(count)
    if len(data) < count:
        sys.exit()  # the host has no more to ask
    return data


class Payload:
    def __init__(self, data):
        self.data, self.at = data, 0

    def numbers(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def rows(self):
        count, length = self.numbers("QQ")
        lengths = self.numbers(f"{count}Q") if length == 2**64 - 1 else [length] * count
        size = 4 * sum(lengths)
        values = array("f", self.data[self.at:self.at + size])
        self.at += size + -size % 8  # every block ends at a multiple of 8 bytes
        return lengths, values


def block(lengths, values):
    head = struct.pack(f"<QQ{len(lengths)}Q", len(lengths), 2**64 - 1, *lengths)
    data = values.tobytes()
    return head + data + bytes(-len(data) % 8)


def deviations(n0):  # of the background and of the impulses, so that the mean power is N0 / 2 a dimension
    background = math.sqrt(n0 / 2 / (1 - rate + rate * strength**2))
    return background, strength * background


def transmit(asked):
    n0, _ = asked.numbers("dQ")
    (lengths, x), (_, uniforms), (_, normals) = asked.rows(), asked.rows(), asked.rows()
    quiet, loud = deviations(n0)
    y = array("f", (a + g * (loud if u < rate else quiet) for a, u, g in zip(x, uniforms, normals)))
    return block(lengths, y) + bytes(32)  # no rows of gains, and none that the receiver knows


def likelihood(asked):  # ln p(y | point sent), without which a demodulator would take the noise for Gaussian
    n0, dimensions = asked.numbers("dQ")
    (_, point), (lengths, y), _ = asked.rows(), asked.rows(), asked.rows()
    weights = tuple(zip((1 - rate, rate), deviations(n0)))
    out = array("f", bytes(4 * (len(y) // dimensions)))
    for i, value in enumerate(y):
        squared = (value - point[i % dimensions]) ** 2
        out[i // dimensions] += math.log(sum(w / s * math.exp(-squared / (2 * s * s)) for w, s in weights) + 1e-300)
    return block([length // dimensions for length in lengths], out)


def hello(asked):
    global rate, strength
    fields = {"rate": 0.05, "strength": 10, **json.loads(asked.data)["fields"]}
    if len(fields) > 2:
        return None  # refused
    rate, strength = fields.values()
    return json.dumps({"protocol": 1, "exactness": "build", "law": True, "linear": True,
                       "noise": [{"kind": "uniforms"}, {"kind": "normals"}]}).encode()


while True:
    magic, kind, number, length = struct.unpack("<4sIQQ", read(24))
    answer = {1: hello, 2: transmit, 3: likelihood}[kind](Payload(read(length)))
    if answer is None:
        kind, answer = 0, b"there are no fields but rate and strength"
    answers.write(struct.pack("<4sIQQ", magic, kind, number, len(answer)) + answer)
    answers.flush()
