#!/usr/bin/env python3
"""Runs clang-tidy over every unit of a build folder: in parallel, and only over what has changed.

A unit's result is remembered under a hash of all that can change it: the checker's version and
settings, the compile flags, the unit and every header of ours that it includes, directly or not.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from sources import ROOT

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)
FINDING = re.compile(r"^(/[^:\n]+):\d+:\d+: (?:error|warning): .*\[([^],\n]+)[^]\n]*\]$", re.M)
# What g++ understands and clang does not, and the precompiled headers of g++.
DROPPED = re.compile(r"^(-fcoroutines|-flto.*|-fno-fat-lto-objects|-Winvalid-pch|-fsanitize=.*|-fno-sanitize.*|-fuse-ld=.*|-Werror|--param=.*)$")


def arguments_for_clang(entry):
    words = shlex.split(entry["command"]) if "command" in entry else list(entry["arguments"])
    while words and not words[0].endswith(("g++", "g++-12", "c++")):
        words.pop(0)  # ccache and its environment
    kept, skip = [], 0
    for i, word in enumerate(words[1:]):
        if skip:
            skip -= 1
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = 1
        elif word == "-include" and "cmake_pch" in words[i + 2]:
            skip = 1
        elif word in ("-c", "-MD", "-MMD", entry["file"]) or DROPPED.match(word):
            continue
        else:
            kept.append(word)
    return kept + ["-Wno-unknown-warning-option", "-Wno-everything"]


def own_headers(path, seen):
    if path in seen or not path.is_file():
        return
    seen.add(path)
    for name in INCLUDE.findall(path.read_text(errors="replace")):
        own_headers(ROOT / name, seen)


def fingerprint(tool, settings, unit, flags):
    digest = hashlib.sha256(repr((tool, settings, flags)).encode())
    seen = set()
    own_headers(unit, seen)
    for path in sorted(seen):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_only_in_libraries(output):
    """The analyser does not know what co_await does and finds Boost's coroutines uninitialised, now here, now there."""
    findings = FINDING.findall(output)
    return bool(findings) and all(check.startswith("clang-analyzer-") and not path.startswith(f"{ROOT}/") for path, check in findings)


def run_tidy(tidy, unit, flags, *more):
    command = [tidy, "--quiet", *more, str(unit), "--", "-x", "c++"] + flags
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0 or is_only_in_libraries(done.stdout):
        return 0, done.stdout
    return done.returncode, done.stdout + done.stderr


def check_batch(tidy, batch):
    """Findings of each unit of a batch, as (unit, mark, status, output).

    Most of the time goes into headers, so the units are first checked as one. Only when that shows
    anything (or two units cannot share a translation unit) is each one checked by itself.
    """
    flags = batch[0][1]
    if len(batch) > 1:
        with tempfile.NamedTemporaryFile("w", suffix=".cpp", prefix="batch-") as joined:
            joined.write("".join(f'#include "{unit}"\n' for unit, _, _ in batch))
            joined.flush()
            status, _ = run_tidy(tidy, joined.name, flags, "--checks=-bugprone-suspicious-include")
        if status == 0:
            return [(unit, mark, 0, "") for unit, _, mark in batch]
    return [(unit, mark, *run_tidy(tidy, unit, flags)) for unit, _, mark in batch]


def batches(work, size):
    """Units of one folder with the same flags go together."""
    groups = {}
    for unit, flags, mark in work:
        groups.setdefault((unit.parent, tuple(flags)), []).append((unit, flags, mark))
    for group in groups.values():
        for start in range(0, len(group), size):
            yield group[start:start + size]


def units_to_check(options, tool, settings, cache):
    """(unit, flags, mark) of each unit that is new or changed, and how many are not."""
    work, known = [], 0
    for entry in json.loads((ROOT / options.build / "compile_commands.json").read_text()):
        unit = pathlib.Path(entry["file"])
        if not unit.is_relative_to(ROOT) or unit.is_relative_to(ROOT / "build"):
            continue
        if options.only and not any(word in str(unit.relative_to(ROOT)) for word in options.only):
            continue
        flags = arguments_for_clang(entry)
        mark = cache / fingerprint(tool, settings, unit, [f.replace(str(ROOT), "") for f in flags])
        if mark.exists():
            known += 1
        else:
            work.append((unit, flags, mark))
    return work, known


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/dev", help="folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--tidy", default="clang-tidy-19")
    parser.add_argument("--batch", type=int, default=8, help="units checked as one")
    parser.add_argument("only", nargs="*", help="check only units whose path contains one of these")
    options = parser.parse_args()

    tool = subprocess.run([options.tidy, "--version"], capture_output=True, text=True, check=True).stdout
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    cache = pathlib.Path(base) / "litegw-tidy"
    cache.mkdir(parents=True, exist_ok=True)
    work, known = units_to_check(options, tool, (ROOT / ".clang-tidy").read_text(), cache)

    started, bad = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for results in pool.map(lambda b: check_batch(options.tidy, b), batches(work, options.batch)):
            for unit, mark, status, output in results:
                if status == 0:
                    mark.touch()
                    continue
                bad += 1
                print(f"-- {unit.relative_to(ROOT)}\n{output.strip()}", flush=True)
    print(f"clang-tidy: {len(work)} units checked in {time.monotonic() - started:.0f} s, {known} unchanged, {bad} with findings")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
