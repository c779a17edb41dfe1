"""Adds the experiment that CONTRIBUTING.md shows: its first ```rust block as a file, its first ```toml block as a line.

Prints the experiment's name.
"""

import re
import sys

text = open("CONTRIBUTING.md", encoding="utf-8").read()
program = re.search(r"^```rust\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
line = re.search(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
if not program or not line:
    sys.exit("CONTRIBUTING.md: no ```rust block, or no ```toml block")
name, path = re.search(r'name = "(\w+)", path = "(.*?)"', line[1]).groups()
open(path, "x", encoding="utf-8").write(program[1])
manifest = open("Cargo.toml", encoding="utf-8").read()
changed = re.sub(r"(^    \{ name = \"exp_)", lambda found: line[1] + found[1], manifest, count=1, flags=re.MULTILINE)
if changed == manifest:
    sys.exit("Cargo.toml: no list of experiments")
open("Cargo.toml", "w", encoding="utf-8").write(changed)
print(name)
