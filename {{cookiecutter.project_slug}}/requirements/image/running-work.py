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


# Kernels go by the names of their notebooks.
sessions = ask_server("sessions")
names = {session["kernel"]["id"]: session["path"] for session in sessions}
for kernel in ask_server("kernels"):
    print(names.get(kernel["id"], f"kernel {kernel['id']}"))

# Other programs: terminals, and what was started by the server, by nohup, or by docker exec.
for process in Path("/proc").glob("[0-9]*"):
    try:
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        continue  # it has ended
    ours = int(process.name) in (1, server["pid"], os.getpid())
    other = "is-ready" in command or "healthcheck" in command or f"{runtime_dir}/kernel-" in command
    if command and int(status["PPid"]) in (0, 1, server["pid"]) and not ours and not other:
        print(command)
