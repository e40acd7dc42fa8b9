"""The same request at a steady rate over kept connections, from a process of its own so that the test's other
threads do not slow it down.

    with SteadyTraffic(gateway.port, key, body, rate=1000) as traffic:
        ...
    traffic.sent
    traffic.answers          # [(time.monotonic() of the answer's end, its cost in USD), ...] of those with 200
    traffic.last_admission   # time.monotonic(): one of those was sent then, so it was not admitted before

It ends when the server is gone, or with the block.
"""
import decimal
import json
import select
import socket
import subprocess
import sys
import time


class SteadyTraffic:
    def __init__(self, port, key, body, rate=1000, connections=64):
        self.order = {"port": port, "key": key, "body": body, "rate": rate, "connections": connections}

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(self.order) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "first answer\n", "no request was answered"
        return self

    def __exit__(self, *_):
        out, _ = self.process.communicate(timeout=30)
        found = json.loads(out)
        self.sent, self.seconds = found["sent"], found["seconds"]
        self.answers = [(at, decimal.Decimal(cost)) for at, cost in found["answers"]]
        self.last_admission = found["last_admission"]
        self.others = found["others"]  # status -> how many


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.read = b""
        self.sent = 0.0

    def answer(self):
        """(status, cost) once it is complete; raises when the connection is gone."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError
        self.read += data
        end = self.read.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.read[:end].decode("latin-1").split("\r\n")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:])}
        if len(self.read) < end + 4 + int(fields["content-length"]):
            return None
        self.read = b""
        return head[0].split(" ")[1], fields.get("x-litellm-response-cost")


class Sender:
    def __init__(self, order):
        body = json.dumps(order["body"])
        self.request = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {order['key']}\r\n"
                        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()
        self.rate = order["rate"]
        self.sent, self.answers, self.others = 0, [], {}
        self.last_admission = 0.0
        self.poll = select.epoll()
        self.open = {}
        for _ in range(order["connections"]):
            connection = Connection(order["port"])
            self.open[connection.socket.fileno()] = connection
            self.poll.register(connection.socket, select.EPOLLIN)
        self.idle = list(self.open)

    def forget(self, number):
        self.poll.unregister(number)
        self.open.pop(number).socket.close()
        if number in self.idle:
            self.idle.remove(number)

    def send(self, due):
        while self.idle and due > 0:
            number = self.idle.pop()
            self.open[number].sent = time.monotonic()
            try:
                self.open[number].socket.sendall(self.request)
            except OSError:
                self.forget(number)
                continue
            self.sent += 1
            due -= 1

    def receive(self, number):
        try:
            answer = self.open[number].answer()
        except OSError:
            return self.forget(number)
        if answer is None:
            return None
        self.idle.append(number)
        status, cost = answer
        if status != "200":
            self.others[status] = self.others.get(status, 0) + 1
            return None
        self.answers.append((time.monotonic(), cost))
        self.last_admission = max(self.last_admission, self.open[number].sent)
        if len(self.answers) == 1:
            print("first answer", flush=True)
        return None

    def run(self):
        begin = time.monotonic()
        self.poll.register(sys.stdin, select.EPOLLIN)
        while self.open:
            now = time.monotonic()
            # What could not be sent in time is not made up for.
            due = min(int((now - begin) * self.rate) - self.sent, len(self.idle))
            self.send(due)
            for number, _ in self.poll.poll(0.001):
                if number == sys.stdin.fileno():
                    return time.monotonic() - begin
                self.receive(number)
        return time.monotonic() - begin


def main():
    sender = Sender(json.loads(sys.stdin.readline()))
    seconds = sender.run()
    print(json.dumps({"sent": sender.sent, "seconds": seconds, "answers": sender.answers,
                      "last_admission": sender.last_admission, "others": sender.others}))


if __name__ == "__main__":
    main()
