#!/usr/bin/env python3
"""Print what stops if this container is replaced, one line each: open notebooks, terminals, and other programs."""

import json
import os
import urllib.request
from pathlib import Path

runtime_dir = Path(os.environ["JUPYTER_RUNTIME_DIR"])
server = json.loads(min(runtime_dir.glob("jpserver-*.json"), key=os.path.getmtime).read_text())


def ask_server(path: str) -> list[dict]:
    """The server's answer to GET api/PATH, past any proxy."""
    url = f"http://127.0.0.1:{server['port']}{server['base_url']}api/{path}"
    request = urllib.request.Request(url, headers={"Authorization": f"token {server['token']}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as response:
        return json.load(response)


# Kernels are listed by their notebooks.
sessions = ask_server("sessions")
names = {session["kernel"]["id"]: session["path"] for session in sessions}
for kernel in ask_server("kernels"):
    print(names.get(kernel["id"], f"kernel {kernel['id']}"))

# Other programs: what the server started (terminals), what docker exec started (parent 0), or what nohup left (parent 1).
for process in Path("/proc").glob("[0-9]*"):
    try:
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        continue  # it has ended
    is_server = int(process.name) in (1, server["pid"], os.getpid())
    is_init = status["Name"] == "tini"  # with docker run --init, it is not process 1
    is_kernel = f"{runtime_dir}/kernel-" in command
    is_health_check = "is-ready.sh" in command
    is_top_level = int(status["PPid"]) in (0, 1, server["pid"])
    if command and is_top_level and not (is_server or is_init or is_kernel or is_health_check):
        print(command)
