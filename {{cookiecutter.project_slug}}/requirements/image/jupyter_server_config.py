"""How JupyterLab runs in this project's container."""

import atexit
import gc
import hashlib
import logging
import os
import re
import secrets
import sys
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

c = get_config()  # noqa: F821

# All addresses of the container. The scripts publish the port on 127.0.0.1 only.
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True  # root is the user on a rootless engine


def read_or_create_token() -> str:
    """The token in the home volume, so that the link stays the same in the next container."""
    path = Path.home() / ".jupyter" / "token"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    if len(path.read_text().strip()) < 32:  # new, or not written to its end, for example on a full disk
        path.write_text(secrets.token_hex(24))
    return path.read_text().strip()


# Only the scripts set this variable. Hubs, editors, and clusters have their own tokens.
if os.environ.get("JUPYTER_DOCKER_LOCAL"):
    try:
        token = read_or_create_token()
    # Jupyter ignores other exceptions in this file, and would start without these settings.
    except OSError as error:
        sys.exit(
            f"error: cannot use the home volume: {error}\n"
            "hint: if NB_UID has changed, change it back, or remove the volume with requirements/stop.sh --remove"
        )
    c.IdentityProvider.token = token
    c.ServerApp.cookie_secret = hashlib.sha256(token.encode()).digest()  # open tabs stay logged in
    c.ServerApp.port = 8888  # the port that the scripts publish, whatever JUPYTER_PORT says
    # The server is on the user's own machine, so a request for another host name may be an attack (DNS rebinding).
    c.ServerApp.allow_remote_access = False

# Files get the permissions that they would get on the host, for example in a shared folder.
if umask := os.environ.get("NB_UMASK"):
    os.umask(int(umask, 8))


CGROUP = Path("/sys/fs/cgroup")
if (CGROUP / "memory.events").exists():
    MEMORY_EVENTS, MEMORY_LIMIT = CGROUP / "memory.events", CGROUP / "memory.max"
else:  # version 1 of cgroups
    MEMORY_EVENTS, MEMORY_LIMIT = CGROUP / "memory/memory.oom_control", CGROUP / "memory/memory.limit_in_bytes"


class ReportingKernelManager(AsyncMappingKernelManager):
    """Report kernels that were killed because memory ran out."""

    memory_kills = 0

    async def start_kernel(self, **options: Any) -> str:
        """Also watch for restarts. JPY_SESSION_NAME is the notebook's path."""
        kernel_id = await super().start_kernel(**options)
        name = (options.get("env") or {}).get("JPY_SESSION_NAME", f"kernel {kernel_id}")
        self.add_restart_callback(kernel_id, partial(self.report_memory, name))
        return kernel_id

    def report_memory(self, name: str) -> None:
        """Called when a kernel has ended unexpectedly."""
        if not MEMORY_EVENTS.exists():
            return
        kills = int(re.findall(r"oom_kill (\d+)", MEMORY_EVENTS.read_text())[0])
        if kills > self.memory_kills:
            limit = MEMORY_LIMIT.read_text().strip()
            limit = f"{int(limit) >> 20} MB" if limit.isdigit() else "the memory of this machine"
            self.log.error("%s: killed because the container ran out of memory (limit: %s)", name, limit)
        self.memory_kills = kills


c.ServerApp.kernel_manager_class = ReportingKernelManager
c.JupyterApp.answer_yes = True  # Ctrl-C and docker stop end the server without a question
atexit.register(gc.freeze)  # a last garbage collection would take half of the time of a stop
c.KernelManager.transport_encryption = "auto"  # on a cluster, other users may share the network

# Show figures of several megabytes. Jupyter's limit is 1 MB per second.
c.ZMQChannelsWebsocketConnection.iopub_data_rate_limit = 1e8

# Delete files for good, because the trash would be a folder in the project. Also delete folders that contain files.
c.FileContentsManager.delete_to_trash = False
c.FileContentsManager.always_delete_dir = True

# The files of these extensions, jupyter-collaboration and jupyter-lsp, would otherwise be in the project.
c.SQLiteYStore.db_path = os.path.join(jupyter_runtime_dir(), "ystore.db")
c.YDocExtension.session_store_path = os.path.join(jupyter_runtime_dir(), "collaboration_sessions.json")
c.LanguageServerManager.virtual_documents_dir = os.path.join(jupyter_runtime_dir(), "virtual_documents")

# Hide a warning about websocket_ping_timeout: tornado corrects the value, so the user need not act.
logging.getLogger("tornado.general").addFilter(lambda record: "websocket_ping_timeout" not in record.getMessage())
