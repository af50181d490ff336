"""A decoder that decides nothing: what the way to a program and back costs. Its answer is as long as a real one."""
import json
import struct
import sys

answers = sys.stdout.buffer
nothing, made = bytes(16), {}


def answer_for(rows, n):
    if rows not in made:
        bits, iterations = bytes(rows * n), bytes(4 * rows)
        made[rows] = (struct.pack("<QQ", rows, n) + bits + bytes(-len(bits) % 8) + nothing + nothing +
                      struct.pack("<QQ", rows, 1) + iterations + bytes(-len(iterations) % 8))
    return made[rows]


while head := sys.stdin.buffer.read(24):
    magic, kind, number, length = struct.unpack("<4sIQQ", head)
    data = sys.stdin.buffer.read(length)
    answer = json.dumps({"protocol": 1}).encode() if kind == 1 else answer_for(*struct.unpack_from("<QQ", data))
    answers.write(struct.pack("<4sIQQ", magic, kind, number, len(answer)))
    answers.write(answer)
    answers.flush()
