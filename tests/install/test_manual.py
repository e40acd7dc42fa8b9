"""Manual pages and completions, judged by the programs that read them."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "man").glob("*.[1578]"))


def test_there_is_a_page_for_each_program_and_for_the_configuration():
    assert {"litegw.1", "litegwd.8", "litegw.yaml.5"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mandoc_has_nothing_to_say_about_a_page(page):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed: scripts/setup test")
    done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", str(page)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("shell, file", [("bash", "litegw.bash"), ("zsh", "_litegw"), ("fish", "litegw.fish")])
def test_a_shell_reads_its_completion(shell, file):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed: scripts/setup test")
    done = subprocess.run([shell, "-n", str(ROOT / "etc/completions" / file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
