"""An HTTP proxy on loopback that opens ways (CONNECT) to hosts that only it knows, and notes who asked for what.

    with ConnectProxy({"api.example:443": upstream.port}) as proxy:
        Gateway(env={"HTTPS_PROXY": proxy.url}, ...)
"""
import socket
import threading


class ConnectProxy:
    def __init__(self, ways, answer=None):
        """ways: "host:port" as asked -> port on loopback. answer: these bytes instead of a way, for each request."""
        self.ways = ways
        self.answer = answer
        self.heads = []  # of the requests, as sent
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self):
        """The request lines, as (method, target)."""
        return [tuple(head.split(b"\r\n")[0].decode().split(" ")[:2]) for head in self.heads]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            self.heads.append(head)
            method, target = self.asked[-1]
            if self.answer is not None:
                client.sendall(self.answer)
                return
            if method == "CONNECT":
                way = self.ways.get(target)
                if way is None:
                    client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    return
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._carry(client, way, b"")
                return
            host = target.split("/")[2]
            self._carry(client, self.ways[host], head)

    @staticmethod
    def _carry(client, port, first):
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            upstream.sendall(first)
            back = threading.Thread(target=_copy, args=(upstream, client), daemon=True)
            back.start()
            _copy(client, upstream)
            back.join(10)


def _copy(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
    except OSError:
        pass
    for end in (target, source):
        try:
            end.shutdown(socket.SHUT_RDWR if end is source else socket.SHUT_WR)
        except OSError:
            pass
