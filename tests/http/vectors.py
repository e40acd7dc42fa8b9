"""Reads the cases of tests/http/vectors; the format is in README.md there. As vectors.h does for C++."""
import dataclasses
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "vectors"
ESCAPE = re.compile(r"\\(?:\{(.*?)\*(\d+)\}|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
LETTERS = {"r": b"\r", "n": b"\n", "t": b"\t", "s": b" ", "\\": b"\\"}


@dataclasses.dataclass
class Vector:
    file: str
    name: str
    method: str = "GET"
    send: bytes = b""
    expect: bytes = b""

    @property
    def is_request(self):
        return self.file.startswith("request-")

    @property
    def expected(self):
        """What happens on the connection, one text each."""
        return self.expect.decode("latin-1").split("; ")


def unescape(text):
    out, at = b"", 0
    for match in ESCAPE.finditer(text):
        out += text[at:match.start()].encode()
        repeated, count, byte, letter = match.groups()
        if count:
            out += unescape(repeated) * int(count)
        elif byte:
            out += bytes([int(byte, 16)])
        else:
            out += LETTERS[letter]
        at = match.end()
    return out + text[at:].encode()


def read_file(path):
    vectors, send = [], ""
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line or line.startswith("#"):
            continue
        if line.startswith("      "):
            send += line[6:]
            continue
        key, value = line.split(": ", 1)
        if key == "name":
            vectors.append(Vector(path.name, value))
        elif key == "send":
            send = value
        elif key == "method":
            vectors[-1].method = value
        elif key == "expect":
            vectors[-1].send, vectors[-1].expect = unescape(send), unescape(value)
    return vectors


def read_all():
    return [vector for path in sorted(FOLDER.glob("*.txt")) for vector in read_file(path)]


def requests():
    return [vector for vector in read_all() if vector.is_request]
