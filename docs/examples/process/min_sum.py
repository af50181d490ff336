"""Normalised min-sum decoding with numpy, all frames of a batch at once."""
import json
import struct
import sys

import numpy as np

answers, sys.stdout = sys.stdout.buffer, sys.stderr  # a stray print must not get among the answers


def read(count):
    data = sys.stdin.buffer.read(count)
    if len(data) < count:
        sys.exit()  # the host has no more to ask
    return data


def rows_of_floats(data):
    count, length = struct.unpack_from("<QQ", data)
    return np.frombuffer(data, np.float32, count * length, 16).reshape(count, length)


def block(rows):
    data = np.ascontiguousarray(rows).tobytes()
    return struct.pack("<QQ", *rows.shape) + data + bytes(-len(data) % 8)


nothing = bytes(16)  # a block without rows


def by_count(groups):
    """Groups of one size as the rows of one array, with the numbers of these groups."""
    sizes = np.array([len(group) for group in groups])
    return [(np.flatnonzero(sizes == size), np.array([g for g in groups if len(g) == size]))
            for size in np.unique(sizes[sizes > 0])]


class Refusal(Exception):
    """What this decoder is not for, said to the host in place of an answer."""


class Decoder:
    """Messages are kept an edge, frames last: every operation runs along frames, which cannot touch each other."""

    def __init__(self, code, iterations=50, normalize=0.75, **unknown):
        if unknown:
            raise Refusal(f"there is no field {next(iter(unknown))}, only iterations and normalize")
        if not code["checks"]:
            raise Refusal("the code has no parity checks")
        if code["columns"] != code["n"]:
            raise Refusal("codes with bits that are not sent are beyond this decoder")
        if min(map(len, code["checks"])) < 2:
            raise Refusal("a parity check of fewer than two bits sends no messages")
        self.iterations, self.normalize = iterations, np.float32(normalize)
        self.variable_of_edge = np.concatenate(code["checks"])
        edges = iter(range(len(self.variable_of_edge)))
        self.checks = by_count([[next(edges) for _ in check] for check in code["checks"]])
        self.variables = by_count([np.flatnonzero(self.variable_of_edge == v) for v in range(code["n"])])

    def decode(self, llr):
        codewords = np.empty(llr.shape, np.uint8)
        iterations = np.full(len(llr), self.iterations, np.uint32)
        left = np.arange(len(llr))
        channel = np.ascontiguousarray(llr.T)
        to_variables = np.zeros((len(self.variable_of_edge), len(llr)), np.float32)
        for iteration in range(self.iterations + 1):
            total = channel.copy()
            for variables, edges in self.variables:
                for slot in edges.T:
                    total[variables] += to_variables[slot]
            hard = total < 0
            done = np.ones(len(left), bool)
            for _, edges in self.checks:
                done &= ~np.logical_xor.reduce(hard[self.variable_of_edge[edges]], axis=1).any(axis=0)
            codewords[left] = hard.T  # those that stay are written again
            iterations[left[done]] = iteration
            if done.all() or iteration == self.iterations:
                return codewords, iterations
            left, channel, total = left[~done], channel[:, ~done], total[:, ~done]
            to_checks = total[self.variable_of_edge] - to_variables[:, ~done]
            to_variables = np.empty_like(to_checks)
            for _, edges in self.checks:
                to_variables[edges] = self.check(to_checks[edges])

    def check(self, incoming):  # checks, their edges, frames
        size = np.abs(incoming)
        least = size.argmin(axis=1)[:, None]
        smallest, second = np.split(np.partition(size, 1, axis=1)[:, :2], 2, axis=1)
        others = np.where(np.arange(size.shape[1])[:, None] == least, second, smallest)
        negative = incoming < 0
        negative ^= np.logical_xor.reduce(negative, axis=1)[:, None]
        return np.where(negative, -self.normalize, self.normalize) * others


while True:
    magic, kind, number, length = struct.unpack("<4sIQQ", read(24))
    data = read(length)
    try:
        if kind == 1:
            told = json.loads(data)
            decoder = Decoder(told["code"], **(told["fields"] or {}))
            answer = json.dumps({"protocol": 1, "needs": "llr", "exactness": "build"}).encode()
        else:
            codewords, iterations = decoder.decode(rows_of_floats(data))
            answer = block(codewords) + nothing + nothing + block(iterations[:, None])
    except Refusal as reason:
        kind, answer = 0, str(reason).encode()
    answers.write(struct.pack("<4sIQQ", magic, kind, number, len(answer)) + answer)
    answers.flush()
