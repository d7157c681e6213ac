"""How JupyterLab runs in this project's container."""

import hashlib
import logging
import os
import socket
import sys
from pathlib import Path

c = get_config()  # noqa: F821

# All addresses of the container. The scripts publish the port on 127.0.0.1 only.
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True  # root is the user on a rootless engine

# The scripts set this variable. It is empty if the user in the container cannot read the user's files.
token_file = os.environ.get("JUPYTER_DOCKER_TOKEN_FILE")
if token_file is not None:
    # The server is on the user's own machine, so a request for another host name may be an attack (DNS rebinding).
    c.ServerApp.allow_remote_access = False
    c.ServerApp.local_hostnames = ["localhost", socket.gethostname()]
# The token is in a file in the project, so that the link stays the same.
if token_file:
    # sys.exit, because Jupyter ignores other exceptions in this file and would start without these settings.
    try:
        token = Path(token_file).read_text().strip()
    except OSError as error:
        sys.exit(f"cannot read the token: {error}")
    if len(token) < 32:
        sys.exit(f"{token_file} has fewer than 32 characters: delete it and run start.sh")
    c.IdentityProvider.token = token
    c.ServerApp.cookie_secret = hashlib.sha256(token.encode()).digest()  # open tabs stay logged in

# Files get the permissions that they would get on the host, for example in a shared folder.
if umask := os.environ.get("NB_UMASK"):
    os.umask(int(umask, 8))

c.JupyterApp.answer_yes = True  # Ctrl-C and docker stop end the server without a question
c.KernelManager.shutdown_wait_time = 0.5  # seconds, so that a busy kernel does not delay the stop
c.KernelManager.transport = "ipc"  # no network ports for kernels

# Delete files for good, because the trash would be a folder in the project. Also allow deleting non-empty folders.
c.FileContentsManager.delete_to_trash = False
c.FileContentsManager.always_delete_dir = True

# Do not ask the network for news and updates, and do not look for language servers.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LanguageServerManager.autodetect = False

# Hide a warning about websocket_ping_timeout: tornado corrects the value, so the user need not act.
logging.getLogger("tornado.general").addFilter(
    lambda record: "websocket_ping_timeout" not in record.getMessage()
)
