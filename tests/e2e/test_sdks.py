"""OpenAI's own SDKs cannot tell litegwd from OpenAI: answers, streams, tools, models, and the right exception for each error."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from fake_upstream import Status, Stream, chunks
from gateway import Gateway

HERE = pathlib.Path(__file__).parent
SDK = HERE.parents[1] / "build/sdk"


def python_command():
    program = SDK / "python/bin/python"
    return [str(program), str(HERE / "sdk/client.py")] if program.exists() else None


def node_command():
    present = (SDK / "node/node_modules/openai").is_dir() and shutil.which("node")
    return ["node", str(HERE / "sdk/client.mjs")] if present else None


@pytest.mark.parametrize("route", ["/v1", "/cursor"])
@pytest.mark.parametrize("language", ["python", "node"])
def test_the_official_sdk(upstream, language, route):
    command = {"python": python_command, "node": node_command}[language]()
    if not command:
        pytest.skip(f"OpenAI's {language} SDK is not installed: scripts/lib/sdks")
    upstream.script(Status(429, {"error": {"message": "slow down", "type": "requests", "code": "rate_limit_exceeded", "param": None}}), model="limited")
    upstream.script(Stream(chunks()[:3], done=False, rst=True), model="broken")
    models = {"m": upstream.url, "limited": upstream.url, "broken": upstream.url, "down": "http://127.0.0.1:9"}
    with Gateway(models=models) as gateway:
        key, narrow = gateway.create_key("app"), gateway.create_key("narrow", "--models", "limited")
        env = {**os.environ, "LITEGW_NODE_SDK": str(SDK / "node"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        done = subprocess.run([*command, gateway.url + route, key, narrow], capture_output=True, text=True, timeout=90, env=env, check=False)
        assert done.returncode == 0, done.stderr + gateway.log_text()[-2000:]
        out = json.loads(done.stdout)

    assert out["chat"] == "Hello from upstream." and out["usage"] == 14
    assert out["stream"] == "Hello from upstream. " and out["stream_usage"] == [14]
    assert out["tool"] == out["tool_stream"] == ["get_weather", {"city": "Oslo"}]
    assert out["models"] == sorted(models) and out["model"] == "m"
    assert out["wrong_key"] == ["AuthenticationError", 401, True]
    assert out["bad_request"] == ["BadRequestError", 400, True]
    assert out["rate_limited"] == ["RateLimitError", 429, True]
    assert out["upstream_down"] == ["InternalServerError", 502, True]
    if route == "/v1":
        assert out["not_allowed"] == ["PermissionDeniedError", 403, True]
        assert out["unknown_model"][1] in (400, 404)
        assert out["broken_stream"] and out["broken_stream"][1].startswith("Hello"), "a broken stream raises"
    else:
        # Cursor shows the text of a 400 and hides that of most others; and it mistakes an error object in a stream.
        assert out["not_allowed"] == ["BadRequestError", 400, True]
        assert out["unknown_model"] == ["NotFoundError", 404, True]
