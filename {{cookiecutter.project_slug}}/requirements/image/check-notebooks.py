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
VARYING = re.compile(  # times, dates, and memory addresses
    r"\d+(\.\d+)?\s*([mµn]?s|min|h)\b|\d+:\d+(:\d+)?(\.\d+)?|\d{4}-\d\d-\d\d|0x[0-9a-f]+", re.IGNORECASE
)
UNPRINTABLE = re.compile(r"\x1b\[[\d;]*m|[\x00-\x1f]")  # colors, and characters that XML does not allow


def explain(error: Exception, client: NotebookClient) -> str:
    """Why a notebook failed, in one line."""
    cell = f"cell {client.code_cells_executed}"
    match error:
        case CellExecutionError():
            return f"{cell}: {explain_exception(error, Path(client.resources['metadata']['path']))}"
        case CellTimeoutError():
            return f"{cell}: takes longer than {client.timeout} s"
        case DeadKernelError():
            return f"{cell}: the kernel died, for example because it needs more memory"
        case NoSuchKernel():
            return f"there is no kernel {error.name!r} in the image"
    return f"the kernel does not start: {error}"


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


def run(path: str, timeout: int | None) -> tuple[str, str]:
    """Run a notebook. Returns why it failed, or nothing, and the cells with other outputs than the committed ones."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, TypeError, KeyError, nbformat.ValidationError) as error:
        reason = str(error).split("\n")[0]
        return f"cannot be read: {reason}", ""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    committed = [text_outputs(cell) if cell.outputs else None for cell in cells]
    folder = {"metadata": {"path": str(Path(path).absolute().parent)}}
    client = NotebookClient(notebook, timeout=timeout, resources=folder)
    client.on_cell_execute = lambda **_: show_progress(f"{path}  cell {client.code_cells_executed + 1}...")
    try:
        client.execute(stderr=subprocess.DEVNULL)  # the kernel's log
    except (CellExecutionError, RuntimeError, NoSuchKernel, OSError) as error:
        return UNPRINTABLE.sub("", explain(error, client)), ""
    pairs = enumerate(zip(committed, map(text_outputs, cells), strict=True), 1)
    return "", ", ".join(str(number) for number, (before, now) in pairs if before not in (None, now))


def show_progress(text: str) -> None:
    """Replace the last line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)


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


def write_junit(path: Path, results: list[tuple[str, str, float]]) -> None:
    """Write the results (notebook, failure, seconds) as JUnit XML, which CI systems show."""
    suite = ElementTree.Element("testsuite", name="notebooks", tests=str(len(results)))
    suite.set("failures", str(sum(bool(failure) for _, failure, _ in results)))
    for name, failure, seconds in results:
        case = ElementTree.SubElement(suite, "testcase", name=name, classname="notebooks", time=f"{seconds:.1f}")
        if failure:
            ElementTree.SubElement(case, "failure", message=failure)
    ElementTree.ElementTree(suite).write(path, encoding="unicode", xml_declaration=True)


def main() -> None:
    """Run the notebooks. Exits with status 1 if one has failed."""
    options = parse_arguments()
    width = max(map(len, options.notebooks), default=0)
    results = []
    for path in options.notebooks:
        begun = time.monotonic()
        failure, changed = run(path, options.timeout)
        results.append((path, failure, time.monotonic() - begun))
        show_progress("")
        print(f"{path:{width}}  {failure or f'ok, {results[-1][2]:.1f} s'}", flush=True)
        if options.outputs and changed:
            print(f"warning: {path}: outputs differ from the committed ones (cells: {changed})", file=sys.stderr)
    if options.junit:
        write_junit(options.junit, results)
    if not results:
        sys.exit("error: there are no notebooks to check")
    if failed := sum(bool(failure) for _, failure, _ in results):
        sys.exit(f"error: {failed} of {len(results)} notebooks failed")


if __name__ == "__main__":
    main()
