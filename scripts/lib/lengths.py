#!/usr/bin/env python3
"""Names files and functions that are too long to hold in the head: a warning, never a failure."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from sources import ROOT, blank, line_of, tracked

FILE_LINES, FUNCTION_LINES, MAIN_LINES = 400, 50, 60
BODY = re.compile(r"^[^\s#}/][^;{}]*\)[^;{}()]*\{[ \t]*$", re.M)


def functions(text):
    """(first line, number of lines) of each function that starts in the first column."""
    for match in BODY.finditer(text):
        first = line_of(text, match.start())
        closing = re.compile(r"^\}", re.M).search(text, match.end())
        if closing:
            yield first, line_of(text, closing.start()) - first + 1


def main():
    for path in tracked():
        text = (ROOT / path).read_text()
        limit = MAIN_LINES if path.name == "main.cpp" else FILE_LINES
        lines = text.count("\n")
        if lines > limit:
            print(f"{path}: {lines} lines (limit {limit})")
        for first, count in functions(blank(text)):
            if count > FUNCTION_LINES and path.parts[0] != "tests":
                print(f"{path}:{first}: function of {count} lines (limit {FUNCTION_LINES})")


if __name__ == "__main__":
    main()
