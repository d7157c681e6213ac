"""How kernels run in this project's container."""

import logging
import os

# Hide a warning about unencrypted connections: in a container of the scripts, they do not leave the container.
# JupyterLab encrypts them, but `jupyter execute` cannot.
if os.environ.get("JUPYTER_DOCKER_LOCAL"):
    logging.getLogger("IPKernelApp").addFilter(lambda record: "without encryption" not in record.getMessage())
