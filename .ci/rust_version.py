"""Checks that the stated rust-version is one for all our crates, that every dependency in the lock file is content
with it, and that the compiler is.

Standard input: `cargo metadata --format-version 1`; argument: what `rustc --version` says.
"""

import json
import re
import sys


def parts(version):
    """1.95 -> (1, 95, 0)"""
    numbers = [int(n) for n in re.match(r"\d+(\.\d+)*", version).group().split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))


metadata = json.load(sys.stdin)
members = set(metadata["workspace_members"])
own = {p["name"]: p["rust_version"] for p in metadata["packages"] if p["id"] in members}
others = [p for p in metadata["packages"] if p["id"] not in members]
if len(set(own.values())) != 1 or None in own.values():
    sys.exit(f"our crates must state one rust-version: {own}")
stated = next(iter(own.values()))

asking = [p for p in others if p["rust_version"]]
newer = [p for p in asking if parts(p["rust_version"]) > parts(stated)]
for p in newer:
    print(f"{p['name']} {p['version']} asks for Rust {p['rust_version']}, we state {stated}")
compiler = sys.argv[1].split()[1]
if parts(compiler) < parts(stated):
    sys.exit(f"rustc is {compiler}, we state {stated}")
if newer:
    sys.exit(1)
most = max(asking, key=lambda p: parts(p["rust_version"]))
print(
    f"rust-version {stated}, compiled with {compiler}; of {len(others)} dependencies {len(asking)} state theirs, "
    f"the newest {most['rust_version']} ({most['name']})"
)
