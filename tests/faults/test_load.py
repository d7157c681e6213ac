"""Much work, and little memory."""

from __future__ import annotations

import pytest
from support.projects import Project
from support.servers import http_status, token_of
from support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.soak]

# Runs in the container.
LOAD = """
import base64, json, time, urllib.request
from concurrent.futures import ThreadPoolExecutor
def call(method, path, body=None):
    request = urllib.request.Request("http://127.0.0.1:8888/api/" + path, method=method, data=body,
        headers={"Authorization": "token TOKEN", "Content-Type": "application/json"})
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=300).read()
def timed(what, work):
    begun = time.monotonic(); work(); print(what, round(time.monotonic() - begun, 1), "s", flush=True)
def kernels():
    made = [json.loads(call("POST", "kernels", b"{}"))["id"] for _ in range(20)]
    for kernel in made: call("DELETE", "kernels/" + kernel)
def requests():
    with ThreadPoolExecutor(100) as pool: list(pool.map(lambda _: call("GET", "contents"), range(100)))
def upload():
    for number in range(1, 21):
        chunk = -1 if number == 20 else number
        call("PUT", "contents/big.bin", json.dumps(dict(type="file", format="base64", chunk=chunk,
            content=base64.b64encode(bytes(10_000_000)).decode())).encode())
def notebook():
    cell = dict(cell_type="markdown", id="a", metadata={}, source="x" * 20_000_000)
    book = dict(cells=[cell], metadata={}, nbformat=4, nbformat_minor=5)
    call("PUT", "contents/big.ipynb", json.dumps(dict(type="notebook", content=book)).encode())
    call("GET", "contents/big.ipynb")
for work in [kernels, requests, upload, notebook]: timed(work.__name__, work)
"""


def test_load_leaves_the_server_running(project: Project) -> None:
    """20 kernels, 100 requests at the same time, an upload of 200 MB, and a notebook of 20 MB."""
    link = project.start()
    print(project.exec("python", "-c", LOAD.replace("TOKEN", token_of(link))))
    assert (project.folder / "big.bin").stat().st_size == 200_000_000
    assert http_status(link) == 200


def test_start_is_enough_after_the_memory_limit_is_reached(project: Project) -> None:
    project.write("requirements/local.sh", "RUN_OPTIONS=(--memory 512m)\n")
    project.start()
    project.busy_cell("hog = [bytearray(10_000_000) for _ in range(200)]")
    until(
        lambda: not project.container.attrs["State"]["Running"] or http_status(project.start()) == 200,
        "the container stopped, or its server answering",
        60,
    )
    assert http_status(project.start()) == 200
