"""The .deb on a bare Debian 12: installs, upgrades, is removed and purged. Needs root and debootstrap; takes a minute."""
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = ROOT / "build/bare-debian"
PROXIES = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]


def run(*words, **more):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **more)
    assert done.returncode == 0, f"{words}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout


def mirror():
    text = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)")
    found = [line.split()[0] for line in text.splitlines() if line.endswith(" bookworm")]
    if not found:
        pytest.skip("apt on this machine names no source of Debian bookworm to make a bare tree from")
    return found[0]


def make_base():
    """A minimal Debian with this machine's package sources; made once."""
    if (BASE / "made").exists():
        return
    shutil.rmtree(BASE, ignore_errors=True)
    BASE.parent.mkdir(parents=True, exist_ok=True)
    run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", BASE, mirror())
    shutil.rmtree(BASE / "etc/ssl/certs", ignore_errors=True)
    shutil.copytree("/etc/ssl/certs", BASE / "etc/ssl/certs", symlinks=True)
    if pathlib.Path("/usr/local/share/ca-certificates").is_dir():
        shutil.copytree("/usr/local/share/ca-certificates", BASE / "usr/local/share/ca-certificates", dirs_exist_ok=True)
    for file in pathlib.Path("/etc/apt/apt.conf.d").glob("99*"):
        shutil.copy(file, BASE / "etc/apt/apt.conf.d")
    (BASE / "made").touch()


class Tree:
    def __init__(self, folder):
        self.folder = folder
        run("cp", "-a", BASE, folder)
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
        run("mount", "-t", "proc", "proc", folder / "proc")
        run("mount", "--bind", "/dev", folder / "dev")

    def close(self):
        for name in ("proc", "dev"):
            subprocess.run(["umount", "-l", str(self.folder / name)], check=False, capture_output=True)

    def __call__(self, command):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8",
               **{name: os.environ[name] for name in PROXIES if name in os.environ}}
        return run("chroot", self.folder, "sh", "-ec", command, env=env)

    def exists(self, path):
        return os.path.lexists(self.folder / path.lstrip("/"))


@pytest.fixture(scope="module")
def package():
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap")
    return ROOT / run("bash", ROOT / "scripts/package").strip()


@pytest.fixture
def tree(tmp_path):
    try:
        make_base()
    except AssertionError as failed:
        pytest.skip(f"NOT TESTED on a bare Debian: no base tree could be made: {str(failed)[-300:]}")
    made = Tree(tmp_path / "tree")
    yield made
    made.close()


def newer(package, folder):
    """The same package with a higher version."""
    run("dpkg-deb", "-R", package, folder)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 99.0", control.read_text(), flags=re.M))
    file = folder.parent / "litegw_99.0.deb"
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", folder, file)
    return file


def test_the_package_installs_upgrades_and_goes_without_leaving_anything_behind(package, tree, tmp_path):
    shutil.copy(package, tree.folder / "srv/old.deb")
    shutil.copy(newer(package, tmp_path / "newer"), tree.folder / "srv/new.deb")
    tree("apt-get update -qq && apt-get install -y -qq --no-install-recommends /srv/old.deb")
    assert "litegw" in tree("litegw version && litegwd --version")
    assert tree("stat -c '%a %U:%G' /etc/litegw/litegw.yaml").strip() == "640 root:litegw"
    assert tree("stat -c '%a %U:%G' /var/lib/litegw").strip() == "700 litegw:litegw"
    assert "litegw-admin" in tree("getent group litegw-admin")
    for path in ("/usr/lib/systemd/system/litegwd.service", "/lib/systemd/system/litegwd.service"):
        assert tree.exists(path)
    assert tree.exists("/usr/share/man/man1/litegw.1.gz") and tree.exists("/usr/share/bash-completion/completions/litegw")

    start = "install -d -o litegw -g litegw /run/litegw && (runuser -u litegw -- litegwd >/srv/log 2>&1 &)"
    tree(start)
    tree("litegw status --wait 30s")
    assert tree("litegw key create --name kept").startswith("sk-")
    tree("kill $(pidof litegwd); for i in $(seq 50); do [ -e /run/litegw/litegwd.sock ] || break; sleep 0.1; done")
    time.sleep(0.5)

    tree("echo '# mine' >>/etc/litegw/litegw.yaml && apt-get install -y -qq /srv/new.deb")
    assert "99.0" in tree("dpkg-query -W -f='${Version}' litegw")
    assert "# mine" in tree("cat /etc/litegw/litegw.yaml"), "the upgrade overwrote the configuration"
    tree(start)
    tree("litegw status --wait 30s")
    assert "kept" in tree("litegw key list"), "the upgrade lost a key"
    tree("kill $(pidof litegwd)")
    time.sleep(1)

    tree("apt-get remove -y -qq litegw")
    assert not tree.exists("/usr/sbin/litegwd") and tree.exists("/etc/litegw/litegw.yaml") and tree.exists("/var/lib/litegw")
    tree("apt-get purge -y -qq litegw")
    left = [p for p in ("/etc/litegw", "/var/lib/litegw", "/usr/share/litegw", "/usr/share/doc/litegw", "/etc/systemd/system/multi-user.target.wants/litegwd.service") if tree.exists(p)]
    assert left == []
