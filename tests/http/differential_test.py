#!/usr/bin/env python3
"""The request vectors against nginx and haproxy: litegw never accepts what both of them refuse, and reads no body
differently from both.

    differential_test.py --probe build/dev/tests/codec_probe

Both proxies and a trivial backend run on Unix sockets in a temporary folder. The backend answers with what it was sent, so
a proxy's answers tell what the proxy made of the bytes. Exceptions, each with its reason, are in
differential_exceptions.txt. Exits 0, 1 when a rule is broken, 77 when a proxy is missing.
"""
import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import vectors  # noqa: E402

SKIPPED = 77
DEADLINE = 20

# Sizes are wide: what is compared is form, not limits.
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
{user}
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 32m; large_client_header_buffers 4 64k; lingering_close off;
  server {{
    listen unix:{folder}/nginx.sock;
    location / {{
      proxy_pass http://unix:{folder}/backend.sock; proxy_http_version 1.1;
      proxy_set_header Host $http_host; proxy_ignore_client_abort on;
    }}
  }}
}}
"""

HAPROXY = """
global
  tune.bufsize 131072
  log stdout format raw daemon crit
defaults
  mode http
  timeout client 5s
  timeout server 10s
  timeout connect 5s
  timeout http-request 5s
  option http-buffer-request
frontend front
  bind unix@{folder}/haproxy.sock
  default_backend back
backend back
  server one unix@{folder}/backend.sock
"""


def describe(method, target, body):
    """As the codec's transcript has it."""
    target = re.sub(rb"^https?://[^/]+", b"", target, flags=re.IGNORECASE) or b"/"
    shown = body if len(body) <= 40 else b"%d bytes" % len(body)
    if len(target) > 200:
        target = target[:200] + b"..."  # goes into a header
    return f"{method} {target.decode('latin-1')} [{escape(shown)}]"


def escape(data):
    named = {0x0D: "\\r", 0x0A: "\\n", 0x09: "\\t"}
    return "".join(named.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}") for b in data)


class Backend(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            line = self.rfile.readline().rstrip(b"\r\n")
            if not line:
                return
            headers = {}
            while field := self.rfile.readline().rstrip(b"\r\n"):
                name, _, value = field.partition(b":")
                headers[name.strip().lower()] = value.strip()
            body = self.read_chunks() if b"transfer-encoding" in headers else \
                self.rfile.read(int(headers.get(b"content-length", 0)))
            method, _, rest = line.partition(b" ")
            seen = describe(method.decode("latin-1"), rest.rpartition(b" ")[0], body).encode("latin-1")
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Seen: " + seen.hex().encode() +
                             b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        def read_chunks(self):
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body

    def handle_error(self, request, client_address):
        """A proxy that gives up in the middle of a bad body: nothing was accepted."""


class Proxies:
    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.backend = Backend(f"{folder}/backend.sock", Backend.Handler)
        threading.Thread(target=self.backend.serve_forever, daemon=True).start()

    def __enter__(self):
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder, user=user))
        (self.folder / "haproxy.cfg").write_text(HAPROXY.format(folder=self.folder))
        self.start("nginx", ["-p", str(self.folder), "-c", f"{self.folder}/nginx.conf"])
        self.start("haproxy", ["-db", "-q", "-f", f"{self.folder}/haproxy.cfg"])
        for name in self.processes:
            self.wait_for(name)
        return self

    def start(self, name, arguments):
        with open(self.folder / f"{name}.out", "wb") as out:
            self.processes[name] = subprocess.Popen([program(name), *arguments], stdin=subprocess.DEVNULL,
                                                    stdout=out, stderr=out)

    def wait_for(self, name):
        end = time.monotonic() + DEADLINE
        good = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        while time.monotonic() < end:
            try:
                if self.ask(name, good) == ["GET / []"]:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{name} does not answer: {(self.folder / f'{name}.out').read_text()}")

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(DEADLINE)
        self.backend.shutdown()
        self.backend.server_close()

    def ask(self, name, data):
        """What that proxy made of the bytes: "GET / []" for what reached the backend, else a status."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            client.connect(f"{self.folder}/{name}.sock")
            try:
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before all of it was read: the answer is there
            answer = b""
            try:
                while piece := client.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        return read_answers(answer)


def read_answers(data):
    """Answers of proxies to GET, POST and the like; a body matters only for its length."""
    found = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
        if not end or not status:
            found.append("?")
            return found
        if status[1] == b"100":
            continue
        seen = re.search(rb"\r\nX-Seen: ([0-9a-f]+)", head, re.IGNORECASE)
        length = re.search(rb"\r\nContent-Length: (\d+)", head, re.IGNORECASE)
        found.append(bytes.fromhex(seen[1].decode()).decode("latin-1") if seen else status[1].decode())
        # haproxy's own answers have no length and last until close.
        data = data[int(length[1]):] if length else b""
    return found


def program(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def ask_probe(probe, cases):
    framed = b"".join(b"%d\n%s" % (len(case.send), case.send) for case in cases)
    out = subprocess.run([probe, "--many"], input=framed, stdout=subprocess.PIPE, check=True, timeout=300).stdout
    lines = out.decode("latin-1").split("\n")[:-1]
    assert len(lines) == len(cases), "the probe answered another number of cases"
    return [line.split("; ") for line in lines]


def is_accepted(entry):
    return "[" in entry


def verdict(entries, index):
    """accepted, refused or silent (no answer, or not reached) at that place of the connection."""
    for entry in entries[:index + 1]:
        if not is_accepted(entry):
            return "refused"
    return "accepted" if index < len(entries) else "silent"


def bare(entry):
    """Without what only the codec tells, and with a long target cut as the backend does."""
    method, target, rest = entry.split(" ", 2)
    if len(target) > 200:
        target = target[:200] + "..."
    return re.sub(r"( continue)?( close)?$", "", f"{method} {target} {rest}")


def broken_rules(ours, nginx, haproxy):
    for index, entry in enumerate(ours):
        if not is_accepted(entry):
            return
        theirs = [verdict(nginx, index), verdict(haproxy, index)]
        if theirs == ["refused", "refused"]:
            yield f"accepted though both refuse: {bare(entry)}"
        elif theirs == ["accepted", "accepted"] and nginx[index] == haproxy[index] != bare(entry):
            yield f"read differently from both: {bare(entry)} (they: {nginx[index]})"


def read_exceptions():
    exceptions = {}
    for line in (HERE / "differential_exceptions.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            case, reason = line.rsplit(" | ", 1)
            exceptions[case] = reason
    return exceptions


def compare(proxies, probe, cases, verbose):
    exceptions, unused, broken = read_exceptions(), set(read_exceptions()), 0
    ours = ask_probe(probe, cases)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        nginx = list(pool.map(lambda case: proxies.ask("nginx", case.send), cases))
        haproxy = list(pool.map(lambda case: proxies.ask("haproxy", case.send), cases))
    stricter = 0
    for case, own, first, second in zip(cases, ours, nginx, haproxy):
        name = f"{case.file}: {case.name}"
        if verbose:
            print(f"{name}\n  litegw {own}\n  nginx {first}\n  haproxy {second}")
        if not is_accepted(own[0]) and "accepted" in (verdict(first, 0), verdict(second, 0)):
            stricter += 1
        for rule in broken_rules(own, first, second):
            if name in exceptions:
                unused.discard(name)
                continue
            broken += 1
            print(f"{name}: {rule}\n  nginx {first}\n  haproxy {second}")
    for name in unused:
        broken += 1
        print(f"{name}: listed as an exception, but it is none any more")
    print(f"differential: {len(cases)} cases, {broken} broken, {len(exceptions)} exceptions; "
          f"{stricter} that one of them accepts are refused here")
    return broken


MARKS = [b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b",", b";", b"0", b"5", b"\x0b", b"\xff", b"_", b"#", b"%", b"/", b"@",
         b"chunked", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: h\r\n", b"0\r\n\r\n"]


def mutated(cases, count, seed):
    """Vectors with one to three accidents each, the same for the same seed."""
    dice = random.Random(seed)
    short = [case for case in cases if len(case.send) < 500]
    for number in range(count):
        data = bytearray(dice.choice(short).send)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(data) + 1)
            kind = dice.randrange(3)
            if kind == 0:
                data[at:at] = dice.choice(MARKS)
            elif kind == 1:
                del data[at:at + dice.randint(1, 3)]
            else:
                data[at:at + 1] = dice.choice(MARKS)
        yield vectors.Vector("mutated", f"{seed}/{number} {bytes(data)!r}", send=bytes(data))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    parser.add_argument("--mutations", type=int, default=0, help="that many mutated vectors more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    missing = [name for name in ("nginx", "haproxy") if not program(name)]
    if missing:
        print(f"skipped: no {' and no '.join(missing)} here (scripts/setup test installs them)")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="litegw-") as folder, Proxies(pathlib.Path(folder)) as proxies:
        cases = vectors.requests()
        cases += list(mutated(cases, arguments.mutations, arguments.seed))
        return 1 if compare(proxies, arguments.probe, cases, arguments.verbose) else 0


if __name__ == "__main__":
    sys.exit(main())
