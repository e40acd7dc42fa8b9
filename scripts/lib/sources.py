"""The project's own source files, as the checks of scripts/lint see them."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = (".h", ".cpp")


def tracked(suffixes=CODE, root=ROOT):
    """Files under version control and new ones that are not ignored, relative to the root."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=True).stdout
    paths = (pathlib.Path(line) for line in listing.splitlines())
    return sorted(p for p in paths if p.suffix in suffixes and (root / p).is_file())


LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^()\s\\]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.S)


def blank(text):
    """Comments and literals become spaces of the same length, so that positions stay right."""
    return LITERAL.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1
