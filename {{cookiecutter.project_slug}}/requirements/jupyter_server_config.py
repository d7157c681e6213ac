"""How JupyterLab runs in this project's container."""

import logging
from pathlib import Path

c = get_config()  # noqa: F821

# All addresses of the container; the host publishes port 8888 on 127.0.0.1 alone.
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True  # for whom root is the person: rootless Docker, root on the host

# The project where it is mounted, else the home folder.
work = Path.home() / "work"
c.ServerApp.root_dir = str(work if work.is_mount() else Path.home())

# Stop at once and without asking.
c.JupyterApp.answer_yes = True
c.KernelManager.shutdown_wait_time = 0.5

c.KernelManager.transport = "ipc"  # no ports inside, so no other user of the machine
c.FileContentsManager.delete_to_trash = False  # the trash would be a folder in the project
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LanguageServerManager.autodetect = False

# The server's own default that tornado corrects: nothing for a person to mend.
logging.getLogger("tornado.general").addFilter(
    lambda record: "websocket_ping_timeout" not in record.getMessage()
)
