"""The systemd unit, users and folders, checked with systemd's own tools."""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def unit(tmp_path):
    """The unit with programs that exist, as systemd-analyze looks for them."""
    text = (ROOT / "etc/systemd/litegwd.service.in").read_text()
    for name in ("litegwd", "litegw"):
        shutil.copy("/bin/true", tmp_path / name)
    text = text.replace("@LITEGW_SBIN@", str(tmp_path)).replace("@LITEGW_BIN@", str(tmp_path))
    file = tmp_path / "litegwd.service"
    file.write_text(text)
    return file


def analyze(*words):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


def test_systemd_finds_nothing_to_say_about_the_unit(unit):
    done = analyze("verify", "--man=no", str(unit))
    ours = [line for line in done.stderr.splitlines() if "litegwd" in line]
    assert done.returncode == 0 and ours == [], done.stderr


def test_the_unit_is_exposed_at_most_one_and_a_half(unit):
    done = analyze("security", "--offline=true", "--threshold=15", str(unit))
    assert done.returncode == 0, done.stdout[-300:]
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)[1]) <= 1.5


def test_the_unit_leaves_user_namespaces_alone(unit):
    """PrivateUsers= would show every peer of the control socket as nobody."""
    assert not re.search(r"^PrivateUsers=", unit.read_text(), re.M)


def test_drain_ends_before_systemd_loses_patience(unit):
    assert int(re.search(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.M)[1]) > 120


def test_sysusers_make_the_user_and_both_groups(tmp_path):
    if not shutil.which("systemd-sysusers"):
        pytest.skip("no systemd-sysusers here")
    (tmp_path / "etc").mkdir()
    file = ROOT / "etc/systemd/litegw.sysusers"
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", str(file)], check=True, capture_output=True)
    passwd, group = (tmp_path / "etc/passwd").read_text(), (tmp_path / "etc/group").read_text()
    assert re.search(r"^litegw:.*:/var/lib/litegw:/usr/sbin/nologin$", passwd, re.M)
    assert re.search(r"^litegw:", group, re.M) and re.search(r"^litegw-admin:", group, re.M)
