"""`litegw test` as tests run it: its report, and what a verdict must say.

    found = report(gateway.url + "/cursor", "--deep", key=key)
    verdict(found, "tls", 3, says="expired")    # the one failed check, its row of the troubleshooting table, the exit code
"""
import json
import os
import subprocess

import pytest

import plain_gateway as plain
from certificates import Authority
from fake_upstream import FakeUpstream
from gateway import Gateway, program
from plain_gateway import KEY

MOCK = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}


def litegw(*words, key=KEY, env=None, timeout=120):
    whole = {**os.environ, "LITEGW_SOCKET": "/nonexistent/litegwd.sock", **(env or {})}
    for name in ("LITEGW_API_KEY", "LITEGW_BASE_URL"):
        whole.pop(name, None)
    if key:
        whole["LITEGW_API_KEY"] = key
    return subprocess.run([program("litegw"), "test", *words], env=whole, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, check=False)


class Report:
    def __init__(self, done):
        self.exit = done.returncode
        self.error = done.stderr
        assert done.stdout, f"no report, exit {done.returncode}: {done.stderr}"
        self.json = json.loads(done.stdout)
        self.checks = {check["id"]: check for check in self.json["checks"]}

    def failed(self):
        return {i: (c["row"], c["detail"]) for i, c in self.checks.items() if c["result"] == "failed"}


def report(url, *flags, private=True, **more):
    """The report on a base URL; a verdict names its row."""
    return Report(litegw("--json", "--base-url", url, *(["--allow-private"] if private else []), *flags, **more))


def verdict(found, check, row, exit=8, result="failed", says=""):
    line = found.checks.get(check)
    assert line, f"no check '{check}': {list(found.checks)}"
    assert (line["result"], line["row"]) == (result, row), line
    assert line["fix"], line
    assert says in line["detail"], line
    assert found.exit == exit, found.failed()
    if result == "failed":
        assert list(found.failed()) == [check], found.failed()


@pytest.fixture(scope="module")
def daemon():
    with Gateway(config=MOCK) as gateway:
        gateway.key = gateway.create_key("tester")
        yield gateway


@pytest.fixture
def fake():
    with FakeUpstream() as upstream:
        upstream.script(plain.answer)
        yield upstream


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def is_long():
    return os.environ.get("LITEGW_TEST_LENGTH") == "long"
