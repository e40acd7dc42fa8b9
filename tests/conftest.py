"""Fixtures shared by e2e, install and script tests. Run with: python3 -m pytest tests/e2e"""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

from fake_upstream import FakeUpstream
from gateway import Gateway


def pytest_report_header():
    return f"programs: {os.environ.get('LITEGW_BIN_DIR') or 'build/dev/bin'}, length: {os.environ.get('LITEGW_TEST_LENGTH', 'gate')}"


@pytest.fixture
def upstream():
    with FakeUpstream() as fake:
        yield fake


@pytest.fixture
def gateway(upstream):
    """One model, `m`, at the fake upstream."""
    with Gateway(models={"m": upstream.url}) as running:
        yield running


@pytest.fixture
def key(gateway):
    return gateway.create_key("test")


@pytest.fixture(scope="session")
def length():
    """quick, gate or long: how often the loops run."""
    return os.environ.get("LITEGW_TEST_LENGTH", "gate")


@pytest.fixture(scope="session")
def fixtures():
    """Recorded client bodies. They are not part of the project."""
    folder = pathlib.Path(os.environ.get("LITEGW_FIXTURES") or ROOT.parent / "shared/fixtures")
    if not folder.is_dir():
        pytest.skip(f"no recorded bodies in {folder}: set LITEGW_FIXTURES")
    return folder
