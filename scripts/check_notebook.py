"""Fails when an executed notebook went wrong somewhere, and names the first cell that did.

The Rust kernel reports a panic, or a `?` that fails, on the cell's standard error and goes on: to whoever executes the
notebook that is a success. So nothing may be there, every code cell must have run, and there must be a picture.
"""

import json
import re
import sys


def text(value):
    """A text of a notebook: a string or a list of lines; without terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", "".join(value))


def complaints(cell):
    """What went wrong in a code cell."""
    bad = False
    if cell["execution_count"] is None:
        yield "was not executed"
        return
    for output in cell["outputs"]:
        kind = output["output_type"]
        if kind == "error":
            bad = True
            yield f"failed: {output['ename']}: {text(output['evalue'])}"
        elif kind == "stream" and output["name"] == "stderr" and text(output["text"]).strip():
            bad = True
            yield "wrote to standard error: " + text(output["text"]).strip()
    shown, drawn = len(list(pictures(cell))), len(re.findall(r"lab\.(?:figure|film)\(", text(cell["source"])))
    if shown < drawn and not bad:
        yield f"draws {drawn} figures and shows {shown}: the kernel keeps the last one of a cell"


def pictures(cell):
    """The pictures below a code cell."""
    for output in cell["outputs"]:
        for kind, data in output.get("data", {}).items():
            if kind.startswith("image/") or kind == "text/html" and "<svg" in text(data):
                yield data


def check(path):
    """The complaints about a notebook: those of its first bad cell, since the next ones may follow from it."""
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    code = [(number, cell) for number, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    for number, cell in code:
        first = (text(cell["source"]).strip().splitlines() or [""])[0]
        found = [f"{path}: cell {number} ({first}) {complaint}" for complaint in complaints(cell)]
        if found:
            yield from found
            return
    if not any(picture for _, cell in code for picture in pictures(cell)):
        yield f"{path}: no cell shows a picture"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: check_notebook.py NOTEBOOK..")
    found = [complaint for path in sys.argv[1:] for complaint in check(path)]
    sys.exit("\n".join(found) or None)
