"""A real nginx in front of something, with a configuration of the test's own, in a temporary folder."""
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

FRAME = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def indented(text):
    return "\n".join("    " + line for line in text.strip().splitlines())


class Nginx:
    """`servers`: server blocks; "{port}" in them is the port that was chosen."""

    def __init__(self, servers, scheme="http", port=None):
        if not shutil.which("nginx"):
            pytest.skip("nginx is not installed")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nginx-"))
        self.port, self.scheme = port or free_port(), scheme
        config = self.folder / "nginx.conf"
        config.write_text(FRAME.format(folder=self.folder, servers=indented(servers.replace("{port}", str(self.port)))))
        self.process = subprocess.Popen(["nginx", "-c", str(config), "-p", str(self.folder), "-e", str(self.folder / "error.log")],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"nginx ended: {self.process.stderr.read().decode()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("nginx does not listen")

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def proxy(target, more="", listen=""):
    """A server block that passes everything on; `more` are further directives of its location. Without any, all is as nginx has
    it by default: HTTP/1.0 to the back, buffering, 1 MiB bodies, 60 s."""
    return (f"server {{\n    listen 127.0.0.1:{{port}} {listen};\n    location / {{\n        proxy_pass {target};\n"
            f"        {more}\n    }}\n}}\n")
