#!/usr/bin/env python3
"""Refuses an include that the architecture forbids.

Who may include whom is read from CMakeLists.txt, where each litegw_library() names its folder and
what it links: a folder may include itself and whatever its library reaches. Folders without SHELL
under daemon/ are the pure core: no Asio, LMDB, threads, sockets or clock.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from sources import ROOT, blank, line_of, tracked

LIBRARY = re.compile(r"^litegw_library\(\s*(\w+)\s+(\S+)\s+(SHELL\s+)?LINK\s+([^)]*)\)", re.M)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
SHELL_ONLY = re.compile(
    r"^(boost/asio|boost/beast|lmdb\.h|spdlog/|thread$|mutex$|shared_mutex$|condition_variable$|future$"
    r"|stop_token$|semaphore$|latch$|barrier$|sys/socket\.h|sys/epoll\.h|netinet/|netdb\.h)")
# Shared state lives in a few named classes that own their lock; these belong to the core.
OWN_LOCK = {"daemon/budget/account", "daemon/budget/accounts", "daemon/routing/health"}
LOCK = re.compile(r"^(mutex|shared_mutex)$")
CLOCK = re.compile(
    r"\b(?:system_clock|steady_clock|high_resolution_clock)\s*::\s*now\b|\bstd::random_device\b"
    r"|\b(?:clock_gettime|gettimeofday|getrandom|RAND_bytes)\s*\(|\bstd::time\s*\(")
PLATFORM = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif)\b.*\b(?:_WIN32|_WIN64|_MSC_VER|__APPLE__|__FreeBSD__)\b", re.M)


def libraries(cmake):
    """name -> (folder, is shell, names of the project's libraries it links)."""
    found = {}
    for name, folder, shell, link in LIBRARY.findall(cmake):
        own = [w.removeprefix("litegw_") for w in link.split() if w.startswith("litegw_")]
        found[name] = (folder, bool(shell), own)
    return found


def reachable(name, found):
    seen, todo = set(), [name]
    while todo:
        current = todo.pop()
        if current in seen or current not in found:
            continue
        seen.add(current)
        todo.extend(found[current][2])
    return {found[n][0] for n in seen}


class Rules:
    def __init__(self, cmake):
        found = libraries(cmake)
        if not found:
            raise SystemExit("CMakeLists.txt names no litegw_library(): nothing to check against")
        self.allowed = {folder: reachable(name, found) for name, (folder, _, _) in found.items()}
        self.pure = {folder for folder, shell, _ in found.values() if not shell and folder.startswith("daemon/")}

    def folder_of(self, path):
        text = str(path)
        holders = [f for f in self.allowed if text.startswith(f + "/")]
        return max(holders, key=len, default=None)

    def check(self, path, text, exists):
        """Problems of one file as (line, message)."""
        own = self.folder_of(path)
        is_test = path.parts[0] == "tests"
        if own is None and not is_test:
            yield 1, f"{path.parent} belongs to no litegw_library() in CMakeLists.txt"
            return
        for match in INCLUDE.finditer(text):
            line, kind, name = line_of(text, match.start()), match[1], match[2]
            if "../" in name or name.startswith("./"):
                yield line, f'"{name}": write includes from the root of the project'
                continue
            if kind == "<":
                if LOCK.match(name) and str(path.with_suffix("")) in OWN_LOCK:
                    continue
                if name.startswith("boost/beast") or (own in self.pure and SHELL_ONLY.match(name)):
                    yield line, f"<{name}> is not for {own}: it belongs to the shell"
                continue
            target = self.folder_of(pathlib.Path(name))
            if target is None and not (is_test and name.startswith("tests/")):
                if exists(name) or "/" in name:
                    yield line, f'"{name}" is in no known folder'
                continue
            if not is_test and target not in self.allowed[own]:
                yield line, f"{own} may not include {target}"
        blanked = blank(text)
        if own in self.pure:
            for match in CLOCK.finditer(blanked):
                yield line_of(text, match.start()), f"{match[0].strip(' (')} in {own}: time and randomness are parameters of the pure core"
        for match in PLATFORM.finditer(blanked):
            yield line_of(text, match.start()), "Linux only: no platform conditionals"


def main():
    rules = Rules((ROOT / "CMakeLists.txt").read_text())
    bad = 0
    for path in tracked():
        for line, message in rules.check(path, (ROOT / path).read_text(), lambda n: (ROOT / n).exists()):
            print(f"{path}:{line}: {message}")
            bad += 1
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
