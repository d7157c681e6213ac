#!/usr/bin/env python3
"""Run notebooks, each in a fresh kernel in its own folder, and print one line for each. check.sh calls this."""

import argparse
import fnmatch
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

WORKING_COPY = Path("/mnt/working-copy")  # the user's own folder, which check.sh mounts
# What can go wrong with a notebook. nbformat's errors are ValueErrors.
FAILURES = (CellExecutionError, RuntimeError, NoSuchKernel, OSError, ValueError)
VARYING = re.compile(  # times, dates, and memory addresses
    r"\d+(\.\d+)?\s*([mµn]?s|min|h)\b|\d+:\d+(:\d+)?(\.\d+)?|\d{4}-\d\d-\d\d|0x[0-9a-f]+", re.IGNORECASE
)


def explain(error: Exception, cell: str, folder: Path, timeout: int | None) -> str:
    """Why a notebook failed, in one line."""
    match error:
        case CellExecutionError():
            return f"{cell}: {explain_exception(error, folder)}"
        case CellTimeoutError():
            return f"{cell}: takes longer than {timeout} s"
        case DeadKernelError():
            return f"{cell}: the kernel died, for example because it needs more memory"
        case RuntimeError():
            return f"the kernel does not start: {error}"
        case NoSuchKernel():
            return f"there is no kernel {error.name!r} in the image"
    reason = str(error).split("\n")[0]
    return f"cannot be read: {reason}"


def explain_exception(error: CellExecutionError, folder: Path) -> str:
    """The error in one line, and its cause if the working copy or the running container shows it."""
    if missing := re.search(r"No such file or directory: '([^']+)'", error.evalue):
        path = os.path.relpath(folder / missing[1])
        cause = " (not in Git)" if (WORKING_COPY / path).exists() else ""
        return f"{error.ename}: {missing[1]}{cause}"
    text = f"{error.ename}: {error.evalue}".splitlines()[0]
    if module := re.search(r"No module named '([\w]+)", error.evalue):
        installed = os.environ.get("MANUALLY_INSTALLED", "").lower().replace("-", "_").split()
        if any(package.startswith(f"{module[1].lower()}==") for package in installed):
            return f"{text} (installed manually in the running container, but not in any list)"
    return text


def text_outputs(cell: dict) -> str:
    """What a code cell shows as text, without what changes with each run."""
    texts = [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
        if not any(kind.startswith("image/") for kind in output.get("data", {}))
    ]
    return VARYING.sub("…", "".join("".join(text) for text in texts))


def run(path: str, timeout: int | None) -> tuple[str, list[int]]:
    """Run a notebook. Returns why it failed, or nothing, and the numbers of the cells with other outputs."""
    folder = Path(path).absolute().parent
    number = 0

    def show_progress(cell: dict, cell_index: int) -> None:
        nonlocal number
        if cell["cell_type"] == "code":
            number += 1
            if sys.stderr.isatty():
                print(f"\r{path}  cell {number}...\x1b[K", end="", file=sys.stderr, flush=True)

    try:
        notebook = nbformat.read(path, as_version=4)
        code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        committed = [text_outputs(cell) if cell.outputs else None for cell in code_cells]
        kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
        NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name=kernel,
            resources={"metadata": {"path": str(folder)}},
            on_cell_start=show_progress,
        ).execute(stderr=subprocess.DEVNULL)  # the kernel's log
    except FAILURES as error:
        return explain(error, f"cell {number}", folder, timeout), []
    pairs = enumerate(zip(committed, code_cells, strict=True), 1)
    return "", [index for index, (before, cell) in pairs if before is not None and before != text_outputs(cell)]


def parse_arguments() -> argparse.Namespace:
    """The options, and the notebooks: those on the command line, or all of them, apart from those to skip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*")
    parser.add_argument("--timeout", type=int)
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--outputs", action="store_true")
    parser.add_argument("--junit", type=Path)
    options = parser.parse_args()
    found = sorted(str(path) for path in Path().rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    options.notebooks = [
        path
        for path in options.notebooks or found
        if not any(fnmatch.fnmatch(path, pattern) for pattern in options.skip)
    ]
    return options


def clear_progress() -> None:
    """Remove the line that show_progress has written."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)


def write_junit(path: Path, results: list[tuple[str, str, float]]) -> None:
    """Write the results (notebook, failure, seconds) as JUnit XML, which CI systems show."""
    suite = ElementTree.Element("testsuite", name="notebooks", tests=str(len(results)))
    suite.set("failures", str(sum(bool(failure) for _, failure, _ in results)))
    for name, failure, seconds in results:
        case = ElementTree.SubElement(suite, "testcase", name=name, classname="notebooks", time=f"{seconds:.1f}")
        if failure:
            ElementTree.SubElement(case, "failure", message=failure)
    ElementTree.ElementTree(suite).write(path, encoding="unicode", xml_declaration=True)


def main() -> int:
    """Run the notebooks. Returns the exit status."""
    options = parse_arguments()
    width = max(map(len, options.notebooks), default=0)
    results = []
    for path in options.notebooks:
        begun = time.monotonic()
        failure, changed = run(path, options.timeout)
        failure = re.sub(r"\x1b\[[\d;]*m|[\x00-\x1f]", "", failure)  # colors, which are no XML
        seconds = time.monotonic() - begun
        results.append((path, failure, seconds))
        clear_progress()
        print(f"{path:{width}}  {failure or f'ok, {seconds:.1f} s'}", flush=True)
        if options.outputs and changed:
            cells = ", ".join(map(str, changed))
            warning = f"warning: {path}: outputs differ from the committed ones (cells: {cells})"
            print(warning, file=sys.stderr)
    if options.junit:
        write_junit(options.junit, results)
    failed = sum(bool(failure) for _, failure, _ in results)
    if failed:
        print(f"error: {failed} of {len(results)} notebooks failed", file=sys.stderr)
    elif not results:
        print("warning: the commit contains no notebooks", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
