#!/usr/bin/env python3
"""Tests of money that cannot fail are worth nothing: plants one fault after the other into a copy of the
sources and demands that the test that is there for it goes red.

    tests/planted_faults.py [NAME ...]     from the root of the project; builds below build/planted

The copy is built without the planted fault first, and its tests must pass.
"""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
COPY = ROOT / "build/planted"


@dataclasses.dataclass
class Fault:
    name: str
    file: str
    sound: str
    planted: str
    program: str
    test: str  # a doctest filter; for "e2e" a pytest id; "" = the program is the test


FAULTS = [
    Fault("check-then-add split in two", "daemon/budget/accounts.cpp",
          "  for (Account* account : shape.by_level)\n    account->admit(need, now.steady);\n",
          "  for (Account* account : shape.to_lock) account->mutex.unlock();\n"
          "  timespec gap{0, 200'000};\n  ::nanosleep(&gap, nullptr);\n"  # others get their turn on any machine
          "  for (Account* account : shape.to_lock) account->mutex.lock();\n"
          "  for (Account* account : shape.by_level)\n    account->admit(need, now.steady);\n",
          "test_core", "money for ten admits ten*"),
    Fault("a hold freed twice", "daemon/budget/accounts.cpp",
          "    counter.held -= hold.amount_;\n", "    counter.held -= hold.amount_;\n    counter.held -= hold.amount_;\n",
          "test_core", "settled and held never exceed*"),
    Fault("a window rolled twice", "daemon/budget/account.cpp",
          "  if (kept >= kept_counters && farthest", "  if (farthest", "test_core", "a clock that jumps ten years*"),
    Fault("a counter pushed out by those of a shorter window", "daemon/budget/account.cpp",
          "    if (counter->window != window) continue;\n", "", "test_core", "a month's budget stays used up*"),
    Fault("a draw that is not asked of every level", "daemon/budget/accounts.cpp",
          "    granted = std::min(granted, held.limit - counter.spent - counter.held);\n", "    static_cast<void>(counter);\n",
          "test_core", "settled and held never exceed*"),
    Fault("an fsync skipped", "daemon/store/environment.cpp", "MDB_NOTLS", "MDB_NOTLS | MDB_NOSYNC",
          "store_power_loss", ""),
    Fault("a charge released twice", "daemon/store/store_release.cpp",
          "    if ((*charge)->released) return", "    if ((*charge)->released && hold == 0) return", "test_store", "a released charge leaves*"),
    Fault("a settle skipped on one exit", "daemon/server/outcome.cpp",
          "    auto entry = spending.settle(cost, tokens, wall_clock());\n",
          "    if (row.outcome == requestlog::Outcome::client_closed) return;\n"
          "    auto entry = spending.settle(cost, tokens, wall_clock());\n",
          "e2e", "tests/e2e/test_budgets.py::test_a_client_that_leaves_in_mid_stream_pays_for_what_it_got"),
]


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def build(program):
    targets = ["litegwd", "litegw"] if program == "e2e" else [program]
    done = run(["cmake", "--build", str(COPY / "build/dev"), "--target", *targets])
    if done.returncode != 0:
        sys.exit(f"planted_faults: {program} does not build:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")


def test(fault):
    """None when it passes, else what it says."""
    if fault.program == "e2e":
        environment = {**os.environ, "LITEGW_BIN_DIR": str(COPY / "build/dev/bin")}
        done = run([sys.executable, "-m", "pytest", "-q", fault.test], cwd=ROOT, env=environment)
        return None if done.returncode == 0 else done.stdout
    program = str(COPY / "build/dev/tests" / fault.program)
    done = run([program, *([f"-tc={fault.test}"] if fault.test else [])], timeout=600)
    if done.returncode == 0 and " 0 passed" not in done.stdout:
        return None
    return done.stdout + done.stderr


def reason(output):
    """The line that says why, so that whoever runs this sees that it is the planted fault and not another."""
    for sign in ("E  ", "RC_ASSERT", "CHECK(", "ERROR:", "image", ":"):
        for line in output.splitlines():
            if sign in line:
                return line.strip()[:160]
    return "(no output)"


def copy_sources():
    COPY.mkdir(parents=True, exist_ok=True)
    files = run(["git", "ls-files"], cwd=ROOT).stdout.split("\n")
    for name in filter(None, files):
        target = COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != (ROOT / name).read_bytes():
            shutil.copyfile(ROOT / name, target)
    done = run(["cmake", "--preset", "dev"], cwd=COPY)
    if done.returncode != 0:
        sys.exit(f"planted_faults: {done.stderr}")


def plant(fault):
    """What the test said when it went red; None when it did not."""
    file = COPY / fault.file
    sound = file.read_text()
    if fault.sound not in sound:
        sys.exit(f"planted_faults: {fault.file} has changed: the place of '{fault.name}' is not found")
    build(fault.program)
    if broken := test(fault):
        sys.exit(f"planted_faults: without a fault '{fault.test or fault.program}' does not pass: {reason(broken)}")
    file.write_text(sound.replace(fault.sound, fault.planted, 1))
    try:
        build(fault.program)
        return test(fault)
    finally:
        file.write_text(sound)


def main():
    wanted = sys.argv[1:]
    copy_sources()
    found = missed = 0
    for fault in FAULTS:
        if wanted and not any(word in fault.name for word in wanted):
            continue
        red = plant(fault)
        print(f"{'red, as it must be' if red else 'NOT NOTICED'}: {fault.name} ({fault.program} {fault.test})", flush=True)
        if red:
            print(f"    {reason(red)}", flush=True)
        found += red is not None
        missed += red is None
    print(f"{found} passed, {missed} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
