"""Prints the shell commands of a Markdown file, block by block, each ended by a NUL.

A block is fenced as ```sh, and is left out as ```sh no-ci. Blocks that run `cargo test` come last.
"""

import re
import sys
import textwrap

SHELLS = ("bash", "shell", "console", "zsh", "shell-session")

blocks, block, fence = [], None, None
path = sys.argv[1]
try:
    lines = open(path, encoding="utf-8").read().splitlines()
except OSError as error:
    sys.exit(f"{path}: {error.strerror}")
for number, line in enumerate(lines, 1):
    mark = re.match(r"\s*(`{3,}|~{3,})(.*)", line)
    if fence is None and mark:
        fence, words = mark.group(1), mark.group(2).split()
        if words and (words[0] in SHELLS or words[0] == "sh" and words[1:] not in ([], ["no-ci"])):
            sys.exit(f"{path}:{number}: write ```sh, or ```sh no-ci")
        block = [] if words == ["sh"] else None
    elif fence and mark and mark.group(1).startswith(fence) and not mark.group(2).strip():
        if block is not None:
            blocks.append(textwrap.dedent("\n".join(block)))
        fence = None
    elif block is not None:
        block.append(line)
if fence:
    sys.exit(f"{path}: a block has no end")

tests = [block for block in blocks if re.search(r"^\s*cargo test\b", block, re.MULTILINE)]
if not tests:
    sys.exit(f"{path}: no ```sh block runs `cargo test`")
for block in [block for block in blocks if block not in tests] + tests:
    sys.stdout.write(block + "\0")
