#!/usr/bin/env python3
"""Refuses statements that g++ 12 miscompiles.

It destroys some temporaries twice when they share a full expression with co_await: braced
aggregates, lambdas with captures, and both arms of ?:. The cure is to name the temporary first and
leave co_await alone in its statement.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from sources import ROOT, blank, line_of, tracked

OPEN, CLOSE = "([{", ")]}"
BRACED_VALUE = re.compile(r"(?:[\w>]|[,(=]|\breturn)\s*\{\s*[^}\s]")
CAPTURING = re.compile(r"(?<![\w)\]])\[\s*[^\]\s][^\]]*\]\s*(?:\(|\{|mutable\b)")
CONTROL = re.compile(r"\b(?:if|while|switch|for)\s*(?:constexpr\s*)?$")


def matching_open(text, at):
    """Position of the bracket that closes at `at`, searching backwards."""
    depth = 0
    for i in range(at, -1, -1):
        if text[i] in CLOSE:
            depth += 1
        elif text[i] in OPEN:
            depth -= 1
            if depth == 0:
                return i
    return 0


def is_block(text, brace):
    """Whether the { at `brace` opens a block of statements rather than a braced value."""
    before = text[:brace].rstrip()
    if not before or before[-1] in ";{}:":
        return True
    if before[-1] == ")":
        return True  # if (...) {, a function's or a lambda's body
    return bool(re.search(r"\b(?:else|do|try|const|noexcept|mutable|override|final)$", before)
                or re.search(r"->\s*[\w:<>,&*\s]+$", before))


def full_expression(text, at):
    """Start and end of the smallest full expression around position `at`."""
    start, i = 0, at - 1
    while i >= 0:
        c = text[i]
        if c in ")]":
            i = matching_open(text, i)
        elif c == "}":
            opening = matching_open(text, i)
            if is_block(text, opening):
                start = i + 1
                break
            i = opening
        elif c == ";":
            start = i + 1
            break
        elif c == "{" and is_block(text, i):
            start = i + 1
            break
        elif c == "(" and CONTROL.search(text[:i].rstrip() + ""):
            start = i + 1
            break
        i -= 1
    depth, end = 0, at
    while end < len(text):
        c = text[end]
        if c in OPEN:
            if c == "{" and depth == 0 and is_block(text, end):
                break
            depth += 1
        elif c in CLOSE:
            depth -= 1
            if depth < 0 and not _inside(text, start, end):
                break
        elif c == ";" and depth <= 0:
            break
        end += 1
    return start, end


def _inside(text, start, end):
    """Whether the bracket at `end` closes one that was opened after `start`."""
    return matching_open(text, end) >= start


def problems(source):
    """(line, reason) of each co_await that shares its expression with a risky temporary."""
    text = blank(source)
    for match in re.finditer(r"\bco_await\b", text):
        start, end = full_expression(text, match.start())
        expression = text[start:end]
        reason = None
        if "?" in expression:
            reason = "a conditional operator"
        elif CAPTURING.search(re.sub(r"\bauto\s*&*\s*\[[^\]]*\]", "auto", expression)):
            reason = "a capturing lambda"
        elif BRACED_VALUE.search(expression):
            reason = "a braced temporary"
        if reason:
            yield line_of(text, match.start()), f"co_await beside {reason}: name the temporary first (g++ 12)"


def main(arguments):
    paths = [pathlib.Path(a) for a in arguments] or [ROOT / p for p in tracked()]
    bad = 0
    for path in paths:
        for line, message in problems(path.read_text()):
            shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            print(f"{shown}:{line}: {message}")
            bad += 1
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
