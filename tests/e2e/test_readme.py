"""What README.md shows, works as it is written there."""
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

from gateway import Gateway, program

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MOCK = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}


def code_blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


def run(text, env):
    return subprocess.run(["bash", "-euc", text], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)


def with_cli(gateway, tmp_path):
    """litegw in the PATH, as on a machine where it is installed."""
    (tmp_path / "litegw").symlink_to(program("litegw"))
    return {**gateway.env, "PATH": f"{tmp_path}:{os.environ['PATH']}"}


def test_every_command_of_the_daily_list_works(tmp_path):
    block = next(b for b in code_blocks("sh") if "litegw key create" in b)
    with Gateway(config=MOCK) as gateway:
        env = {**with_cli(gateway, tmp_path), "LITEGW_CONFIG": str(gateway.config_file)}
        for line in block.strip().splitlines():
            done = run(line, env)
            assert done.returncode == 0, f"{line}: {done.stderr}"


def test_the_curl_line_works(tmp_path):
    block = next(b for b in code_blocks("sh") if b.startswith("curl"))
    with Gateway(config=MOCK) as gateway:
        key = gateway.create_key()
        line = block.replace("http://127.0.0.1:4000", gateway.url)
        done = run("set -o pipefail; " + line.replace("curl ", "curl -fsS ", 1), {**gateway.env, "KEY": key})
        assert done.returncode == 0 and '"choices"' in done.stdout, done.stderr


def test_every_link_leads_somewhere():
    for page in [ROOT / "README.md", *sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def clone(target):
    """The files under version control and new ones, as they are now."""
    names = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           capture_output=True, text=True, check=True).stdout.splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


@pytest.mark.skipif(os.environ.get("LITEGW_TEST_LENGTH") == "quick", reason="the quick start's build takes minutes")
def test_the_quick_start_works_twice_also_when_its_port_is_taken(tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
    tree = clone(tmp_path / "clone")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 4000))
            taken.listen()
        except OSError:
            pass  # somebody else has it: as good
        keys = []
        for _ in range(2):
            done = subprocess.run(["bash", str(tree / "scripts/quickstart"), "--once"], env=env, capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=1500, check=False)
            assert done.returncode == 0, done.stderr[-3000:]
            assert "port 4000 is taken" in done.stderr and "127.0.0.1:4001" in done.stdout or "127.0.0.1:40" in done.stdout
            assert "Cursor's servers cannot reach 127.0.0.1" in done.stdout and "curl http://127.0.0.1:" in done.stdout
            file = tree / ".quickstart/key"
            assert file.stat().st_mode & 0o777 == 0o600
            keys.append(file.read_text().strip())
            assert keys[-1] in done.stdout
        assert keys[0] == keys[1], "the second run made another key"
