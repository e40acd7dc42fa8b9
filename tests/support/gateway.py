"""The real litegwd with a config, store and socket of its own in a temporary folder, and the real litegw beside it.

    with Gateway(models={"m": upstream.url}) as gateway:
        key = gateway.create_key("me")
        gateway.post("/v1/chat/completions", {"model": "m", ...}, key)

Which programs: LITEGW_BIN_DIR, a build's bin folder or an installed prefix; default build/dev/bin.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_TIMEOUT = 30


def program(name):
    """Path of litegw or litegwd."""
    folder = pathlib.Path(os.environ.get("LITEGW_BIN_DIR") or ROOT / "build/dev/bin")
    for candidate in (folder / name, folder / "bin" / name, folder / "sbin" / name):
        if candidate.exists():
            return str(candidate)
    raise FileNotFoundError(f"no {name} in {folder}: build it with scripts/build, or set LITEGW_BIN_DIR")


def listening_ports(pid):
    """TCP ports that a process listens on, from /proc, so that no test depends on the wording of a log line."""
    inodes = set()
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        return []
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in open(f"/proc/{pid}/net/{table}").readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return sorted(ports)


def deployment(name, api_base, model=None, **params):
    return {"model_name": name, "litellm_params": {"model": model or f"openai/{name}", "api_base": api_base, **params}}


class Answer:
    """A response read to its end."""

    def __init__(self, response, body, cut=False):
        self.cut = cut  # the connection ended before the body did
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    @property
    def error(self):
        return self.json["error"]

    @property
    def events(self):
        """Payloads of the data: lines of a stream, JSON decoded but for [DONE]."""
        found = []
        for line in self.text.split("\n"):
            if line.startswith("data: "):
                found.append(line[6:] if line[6:] == "[DONE]" else json.loads(line[6:]))
        return found

    @property
    def stream_text(self):
        return "".join((c["delta"].get("content") or "") for e in self.events if e != "[DONE]" for c in e.get("choices", []))


class Gateway:
    def __init__(self, models=None, config=None, env=None, args=(), folder=None, provider_key="sk-upstream-secret-canary",
                 start=True, listen="127.0.0.1:0", tls=None):
        """models: public name -> api_base. config: further sections, as a dict; they win.
        tls: an ssl.SSLContext to speak to it with, when it serves TLS."""
        self.own_folder = folder is None
        self.checks_store = True  # at the end; a test that breaks the store says so
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="litegw-"))
        self.socket = str(self.folder / "litegwd.sock")
        self.config_file = self.folder / "litegw.yaml"
        self.log_file = self.folder / "daemon.log"
        self.args = list(args)
        self.env = {**os.environ, "LITEGW_SOCKET": self.socket, **(env or {})}
        for name in ("LITEGW_CONFIG", "LITEGW_API_KEY", "LITEGW_BASE_URL", "NOTIFY_SOCKET"):
            self.env.pop(name, None) if name not in (env or {}) else None
        self.process = None
        self.port = None
        self.tls = tls
        entries = [deployment(name, base + "/v1", api_key=provider_key) for name, base in (models or {}).items()]
        self.config = {"model_list": entries,
                       "server": {"listen": [listen]},
                       "store": {"path": str(self.folder / "state")}}
        for section, value in (config or {}).items():
            old = self.config.get(section)
            self.config[section] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        self.write_config()
        if start:
            self.start()

    # ---- the daemon
    def write_config(self, text=None):
        """JSON is YAML."""
        self.config_file.write_text(text if text is not None else json.dumps(self.config, indent=1))
        self.config_file.chmod(0o600)

    def command(self, *more):
        return [program("litegwd"), "--config", str(self.config_file), "--socket", self.socket, *self.args, *more]

    def start(self, wait=True):
        self.log = open(self.log_file, "ab")
        self.process = subprocess.Popen(self.command(), env=self.env, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, cwd=self.folder)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, timeout=START_TIMEOUT):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"litegwd ended with {self.process.returncode}:\n{self.log_text()}")
            for port in listening_ports(self.process.pid):
                self.port = port
                try:
                    if self.get("/health/ready", timeout=2).status == 200:
                        return
                except (OSError, http.client.HTTPException):
                    pass
            time.sleep(0.01)
        raise AssertionError(f"litegwd not ready after {timeout} s:\n{self.log_text()}")

    def run_to_end(self, timeout=START_TIMEOUT, **more):
        """For starts that must fail: (exit code, stderr)."""
        done = subprocess.run(self.command(), env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, cwd=self.folder, check=False, **more)
        return done.returncode, done.stderr + done.stdout

    def is_sanitized(self):
        """Sanitizers need memory and descriptors of their own."""
        return "asan" in pathlib.Path(f"/proc/{self.process.pid}/maps").read_text()

    def own_kib(self):
        """Memory that no file stands behind: the store's maps grow with the rows that were read, and the kernel takes them back."""
        text = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Anonymous:"))

    def log_text(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def terminate(self, timeout=15):
        """TERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.process:
            self.log.close()

    def check_store(self):
        """What a stopped daemon leaves behind must be whole, however it ended."""
        state = pathlib.Path(self.config["store"]["path"])
        if not (state / "state" / "data.mdb").exists():
            return
        done = subprocess.run([program("litegwd"), "--check-store", "--json", "--state-dir", str(state)],
                              env={**self.env, "LITEGW_CONFIG": ""}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"--check-store: exit {done.returncode}\n{done.stderr}"
        assert json.loads(done.stdout)["problems"] == [], done.stdout

    def close(self, check=True):
        self.stop()
        try:
            if check and self.checks_store and self.process:
                self.check_store()
        finally:
            self.remove()

    def remove(self):
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        self.close(check=failure is None)

    # ---- the CLI
    def cli(self, *words, input=None, check=True, env=None, timeout=60):
        done = subprocess.run([program("litegw"), *words], env={**self.env, **(env or {})}, input=input, text=True,
                              stdin=subprocess.DEVNULL if input is None else None,
                              capture_output=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"litegw {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}\n-- daemon\n{self.log_text()[-3000:]}")
        return done

    def cli_json(self, *words, **more):
        return json.loads(self.cli(*words, "--json", **more).stdout)

    def create_key(self, name="test", *flags):
        """The secret: off a terminal `key create` prints the key and a newline alone."""
        return self.cli("key", "create", "--name", name, *flags).stdout.strip()

    def rows(self, *flags):
        """Request rows, oldest first."""
        text = self.cli("log", "tail", "-o", "jsonl", *flags).stdout
        return [json.loads(line) for line in text.splitlines() if line.strip()]

    def wait_rows(self, count, timeout=5):
        deadline = time.monotonic() + timeout
        while True:
            rows = self.rows("-n", "100000")
            if len(rows) >= count or time.monotonic() > deadline:
                assert len(rows) >= count, f"{len(rows)} rows, expected {count}: {rows}"
                return rows
            time.sleep(0.05)

    def wait_row(self, answer, timeout=5):
        """The row of an answered request."""
        identity = answer.headers["x-litegw-request-id"]
        deadline = time.monotonic() + timeout
        while True:
            found = [row for row in self.rows("-n", "100000") if row["id"] == identity]
            if found or time.monotonic() > deadline:
                assert found, f"no row of request {identity}"
                return found[0]
            time.sleep(0.05)

    # ---- a plain client
    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def connection(self, timeout=30):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, key=None, headers=None, timeout=30):
        connection = self.connection(timeout)
        sent = dict(headers or {})
        if key:
            sent.setdefault("Authorization", f"Bearer {key}")
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            try:
                return Answer(response, response.read())
            except http.client.IncompleteRead as broken:
                return Answer(response, broken.partial, cut=True)
        finally:
            connection.close()

    def post(self, path, body, key=None, **more):
        return self.request("POST", path, body, key, **more)

    def get(self, path, key=None, **more):
        return self.request("GET", path, None, key, **more)


def chat(model="m", text="Say hello.", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}
