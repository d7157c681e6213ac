#!/opt/conda/bin/python3
"""Start JupyterLab, or in JupyterHub its single-user server."""

import os
import sys

if "JUPYTERHUB_API_TOKEN" in os.environ:
    command = ["jupyterhub-singleuser"]
else:
    command = ["jupyter", os.environ.get("DOCKER_STACKS_JUPYTER_CMD", "lab"), "--ip=0.0.0.0"]
os.execvp(command[0], [*command, *sys.argv[1:]])
