"""A component of every role that also breaks the protocol as its fields ask: {"fault": what, "at": request}."""
import json
import math
import os
import signal
import struct
import sys
import time
from array import array

MAGIC = b"TNDM"
VARYING = 2**64 - 1
fields = {}


def read(count):
    data = sys.stdin.buffer.read(count)
    if len(data) < count:
        if fields.get("lingers"):
            time.sleep(600)
        sys.exit()
    return data


class Payload:
    def __init__(self, data):
        self.data, self.at = data, 0

    def numbers(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def rows(self, kind):
        count, length = self.numbers("QQ")
        lengths = self.numbers(f"{count}Q") if length == VARYING else [length] * count
        size = array(kind).itemsize * sum(lengths)
        values = array(kind, self.data[self.at:self.at + size])
        self.at += size + -size % 8
        out, begin = [], 0
        for one in lengths:
            out.append(values[begin:begin + one])
            begin += one
        return out


def block(kind, rows):
    head = struct.pack("<QQ", len(rows), VARYING) + struct.pack(f"<{len(rows)}Q", *map(len, rows))
    data = b"".join(array(kind, row).tobytes() for row in rows)
    return head + data + bytes(-len(data) % 8)


NOTHING = bytes(16)


# ---- channel: y = x + noise, with the gain 1 as what the receiver knows
def transmit(p):
    n0, dimensions = p.numbers("dQ")
    x, normals, uniforms = p.rows("f"), p.rows("f"), p.rows("f")
    scale = math.sqrt(n0 / 2)
    assert [2 * len(row) for row in x] == [len(row) for row in uniforms]
    assert all(0 < u < 1 for row in uniforms for u in row)
    gains = block("f", [[1.0] * (len(row) // dimensions) for row in x])
    return block("f", [[a + scale * b for a, b in zip(row, noise)] for row, noise in zip(x, normals)]) + gains + gains


def likelihood(p):
    n0, dimensions = p.numbers("dQ")
    (point,), y, _ = p.rows("f"), p.rows("f"), p.rows("f")
    out = [[-sum((row[i + d] - point[d]) ** 2 for d in range(dimensions)) / n0 for i in range(0, len(row), dimensions)] for row in y]
    return block("f", out)


# ---- decoder: hard decisions
def decode(p):
    llr, y = p.rows("f"), p.rows("f")
    return block("B", [[v < 0 for v in row] for row in llr or y]) + NOTHING + NOTHING + block("I", [[7]] * len(llr or y))


# ---- codec: two features a byte
def encode_items(p):
    return block("f", [[part for b in row for part in (b // 16, b % 16)] for row in p.rows("B")])


def decode_features(p):
    pairs = [[max(0, min(15, round(v))) for v in row] for row in p.rows("f")]
    return block("B", [[16 * row[i] + row[i + 1] for i in range(0, len(row) - 1, 2)] for row in pairs])


# ---- metric: wrong bits of a frame, and frames
def measure(p):
    frames, _, _ = p.numbers("QQQ")
    items, tokens = [p.rows("B"), p.rows("B")], [p.rows("I"), p.rows("I")]
    sent, received = p.rows("B"), p.rows("B")
    assert not tokens[0]
    errors = [[sum(a != b for a, b in zip(s, r)), len(s)] for s, r in zip(sent, received)]
    return block("d", errors if sent else [[len(a), len(a)] for a in items[0]] if items[0] else [[0, 1]] * frames)


def evaluate(p):
    row, frames = p.numbers("QQ")
    (sums,) = p.rows("d")
    return struct.pack("<d", 1000 * row + sums[0] / frames)


# ---- model: what comes next depends on the last two tokens
sessions = {}


def predictions(streams):
    size, rows = tokenizer["size"], []
    for last, before in streams:
        weights = [1 + (7 * t + 13 * last + 5 * before) % 101 for t in range(size)]
        total = sum(weights)
        rows.append([math.log(w / total) if fields.get("logits") else w / total for w in weights])
    return block("f" if fields.get("logits") else "d", rows)


def open_session(p):
    number, streams = p.numbers("QQ")
    seed = [t for row in p.rows("I") for t in row]
    state = ([0, 0] + seed)[-1], ([0, 0] + seed)[-2]
    sessions[number] = [state] * streams
    return predictions([state])


def step(p):
    (number,) = p.numbers("Q")
    last, active = p.rows("I"), p.rows("B")
    session = sessions[number]
    moved = []
    for s in range(len(session)):
        if active[s][0]:
            session[s] = last[s][0], session[s][0]
            moved.append(session[s])
    return predictions(moved)


def clone(p):
    old, new = p.numbers("QQ")
    sessions[new] = list(sessions[old])
    return b""


def close(p):
    del sessions[p.numbers("Q")[0]]
    return b""


ROLES = {
    "channel": {"noise": [{"kind": "normals"}, {"kind": "uniforms", "values": 2}], "linear": True, "law": False},
    "decoder": {"needs": "llr"},
    "codec": {},
    "metric": {"needs": ["bits"], "quantities": ["errors", "bits"],
               "rows": [{"name": "wrong", "kind": "share", "numerator": "errors", "denominator": "bits"},
                        {"name": "thousand", "kind": "function", "doc": "1000 and errors a frame"}]},
    "model": {"predicts": "probabilities", "clones": True},
}


def hello(p):
    global fields, tokenizer
    told = json.loads(p.data)
    fields, tokenizer = told["fields"] or {}, told.get("tokenizer")
    if "told" in fields:
        with open(fields["told"], "w") as out:
            json.dump(dict(told, pid=os.getpid()), out)
    description = {"protocol": 1, "exactness": "portable", **ROLES[told["role"]], **fields.get("description", {})}
    return json.dumps({key: value for key, value in description.items() if value is not None}).encode()


ANSWERS = {1: hello, 2: transmit, 3: likelihood, 4: decode, 5: encode_items, 6: decode_features, 7: measure,
           8: evaluate, 9: open_session, 10: step, 11: clone, 12: close}


def say(kind, number, data, length=None, magic=MAGIC):
    sys.stdout.buffer.write(struct.pack("<4sIQQ", magic, kind, number, len(data) if length is None else length) + data)
    sys.stdout.buffer.flush()


def misbehave(fault, kind, number, data):
    if fault == "exit":
        print("out of cheese", file=sys.stderr)
        sys.exit(3)
    elif fault == "exit-in-answer":
        say(kind, number, data[:len(data) // 2], len(data))
        sys.exit(0)
    elif fault == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "exception":
        raise RuntimeError("a bug")
    elif fault == "silent":
        print("thinking", file=sys.stderr)
        time.sleep(600)
    elif fault == "close":
        os.close(1)
        time.sleep(600)
    elif fault == "print":
        print("epoch 1: loss 0.5")
        sys.stdout.flush()
        say(kind, number, data)
    elif fault == "magic":
        say(kind, number, data, magic=b"TNDX")
    elif fault == "kind":
        say(kind + 1, number, data)
    elif fault == "number":
        say(kind, number - 1, data)
    elif fault == "claim":
        say(kind, number, data, length=2**60)
    elif fault == "refusal-claim":
        say(0, number, data, length=2**24 + 1)
    elif fault == "deaf":
        # The next answer is given without a look at its request.
        say(kind, number, data)
        read(1)
        os.close(0)
        time.sleep(0.2)
        say(kind, number + 1, data)
        time.sleep(600)
    elif fault == "rows":
        say(kind, number, struct.pack("<QQ", 2**61, 2**61) + data[16:])
    elif fault == "lengths":
        say(kind, number, data[:16] + struct.pack("<Q", 2**62) + data[24:])
    elif fault == "short":
        say(kind, number, data[:-8])
    elif fault == "long":
        say(kind, number, data + bytes(8))
    elif fault == "nan":
        say(kind, number, data[:-4] + struct.pack("<f", math.nan))
    elif fault == "refuse":
        say(0, number, "weights \xe9 are missing".encode("latin-1"))
    elif fault.startswith("flood"):
        for i in range(30_000):
            print("a line of a very long log", i, "\x1b[31m", file=sys.stderr)
        if fault == "flood-and-exit":
            sys.exit(1)
        say(kind, number, data)
    elif fault.startswith("grandchild"):
        # What it starts holds its pipes open, until the host closes them.
        if os.fork() == 0:
            if fault != "grandchild":
                os.setsid()
            sys.stdin.buffer.read()
            os._exit(0)
        print("leaves a child behind", file=sys.stderr)
        sys.stderr.flush()
        os._exit(4)


requests = 0
while True:
    magic, kind, number, length = struct.unpack("<4sIQQ", read(24))
    assert magic == MAGIC
    data = ANSWERS[kind](Payload(read(length)))
    requests += 1
    if fields.get("fault") and requests == fields.get("at", 2):
        misbehave(fields["fault"], kind, number, data)
    else:
        say(kind, number, data)
