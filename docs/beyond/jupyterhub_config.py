"""JupyterHub on one Linux machine: each user gets a container of the project's image."""

import os

c = get_config()  # noqa: F821

c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = "ghcr.io/my-team/my-project:v1"
c.DockerSpawner.cmd = ["jupyterhub-singleuser"]

# One volume per user keeps the home folder. It starts with the files that the image has there.
c.DockerSpawner.volumes = {"jupyterhub-{username}": "/home/jovyan"}
c.DockerSpawner.remove = True  # each start creates a container, so that it uses the current image

# No user can become root in the container.
c.DockerSpawner.extra_host_config = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "shm_size": "2g",
}
c.DockerSpawner.mem_limit = "4G"
c.DockerSpawner.cpu_limit = 2

c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_ip = "172.17.0.1"  # the host's address on Docker's default network

# One password for everybody, to try the hub. For a team, choose an authenticator that knows your users,
# and put a server with HTTPS in front.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["HUB_PASSWORD"]
c.Authenticator.allow_all = True
