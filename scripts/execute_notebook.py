"""Executes a notebook in place, in the Rust kernel, from its own folder; needs the package jupyter_client.

Not nbconvert: the kernel passes on what a cell writes without waiting for it before it says that the cell is done, and
nbconvert drops what comes later. A panic, or a `?` that failed, is nothing but such a text, so it was often lost.
Here every cell is followed by a probe, which writes a mark on both streams: what arrives before the mark belongs to
the cell. Of a cell's streams each becomes one output, before its pictures, so that the file does not depend on timing.
"""

import json
import pathlib
import queue
import sys
import time

from check_notebook import complaints
from jupyter_client.manager import start_new_kernel

MARK = "end of the cell's output"
PROBE = f'println!("\\n{MARK}"); eprintln!("\\n{MARK}");'
PATIENCE = 900  # seconds for a cell; the first one compiles every dependency


class Kernel:
    """The Rust kernel, working in a folder."""

    def __init__(self, folder):
        self.manager, self.client = start_new_kernel(kernel_name="rust", cwd=str(folder))

    def close(self):
        """Ends it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def messages(self, code, more=lambda: False):
        """What the kernel says while it executes a code, and after that while there must be more."""
        request = self.client.execute(code, allow_stdin=False, stop_on_error=False)
        idle, since = False, time.monotonic()
        while not idle or more():
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                if not self.manager.is_alive():
                    raise RuntimeError("the kernel died")
                if time.monotonic() - since > PATIENCE:
                    raise RuntimeError(f"no answer after {PATIENCE} s")
                continue
            kind, content = message["msg_type"], message["content"]
            own = message["parent_header"].get("msg_id") == request
            idle |= own and kind == "status" and content["execution_state"] == "idle"
            yield kind, content

    def execute(self, code):
        """The outputs of a code."""
        streams, shown = {"stdout": "", "stderr": ""}, []
        for kind, content in self.messages(code):
            if kind == "stream":
                streams[content["name"]] += content["text"]
            elif kind in ("execute_result", "display_data"):
                shown.append(dict(data=content["data"], metadata={}, output_type="display_data"))
            elif kind == "error":
                failure = {key: content[key] for key in ("ename", "evalue", "traceback")}
                shown.append(dict(failure, output_type="error"))
        end = f"\n{MARK}\n"
        for kind, content in self.messages(PROBE, lambda: not all(end in s for s in streams.values())):
            if kind == "stream":
                streams[content["name"]] += content["text"]
            elif kind == "error":
                raise RuntimeError(f"the kernel cannot go on: {content['evalue']}")
        texts = {name: text.partition(end)[0] for name, text in streams.items()}
        streams = [
            dict(name=name, output_type="stream", text=lines(text + "\n" * (text[-1] != "\n")))
            for name, text in texts.items()
            if text
        ]
        return streams + shown


def lines(text):
    """A text as a notebook stores it."""
    return text.splitlines(keepends=True)


def execute(path):
    """Executes the code cells until one fails, and writes their outputs."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in code:
        cell.update(outputs=[], execution_count=None)
    kernel = Kernel(path.parent)
    try:
        for number, cell in enumerate(code, 1):
            cell["outputs"] = kernel.execute("".join(cell["source"]))
            cell["execution_count"] = number
            if any(complaints(cell)):
                break
    finally:
        kernel.close()
    for output in (output for cell in code for output in cell["outputs"]):
        for kind, data in output.get("data", {}).items():
            if isinstance(data, str):
                output["data"][kind] = lines(data)
    # The layout in which `cargo run --bin notebook` writes.
    text = json.dumps(notebook, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: execute_notebook.py NOTEBOOK")
    try:
        execute(pathlib.Path(sys.argv[1]))
    except RuntimeError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
