"""The commands of `docs/beyond-one-machine.md`, and why some of them are not run."""

from recipes.tools import PAGE
from support.documents import commands

#: Every command of the page.
COMMANDS = commands(PAGE.read_text())

#: Each command that no test runs, and the reason.
NOT_RUN = {
    "docker buildx create --name publish --driver docker-container": "needs an image from a public registry",
    "docker buildx build --builder publish --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max "
    "--build-arg FROZEN=yes --build-arg NB_GID=100 --build-context project=. "
    "--tag ghcr.io/my-team/my-project:v1 --push requirements": "needs an image from a public registry",
    "pip install jupyterhub dockerspawner": "the fixture hub_venv installs these packages with uv",
    "npm install --global configurable-http-proxy": "the fixture npm_programs installs it in a temporary folder",
    'HUB_PASSWORD="choose a password" jupyterhub --config jupyterhub_config.py': (
        "the fixture hub runs it with other ports"
    ),
    "helm upgrade --install jupyterhub jupyterhub --repo https://hub.jupyter.org/helm-chart/ --values z2jh-values.yaml": (
        "needs a Kubernetes cluster"
    ),
    "apptainer build ../my-project-v1.sif docker-archive:../my-project-image.tar": "Debian has no Apptainer",
    'apptainer exec --cleanenv --home "$state" --env JUPYTER_RUNTIME_DIR="$state" --bind "$PWD:/home/jovyan/work" '
    "--pwd /home/jovyan/work ../my-project-v1.sif jupyter execute notebooks/first.ipynb": "Debian has no Apptainer",
    "pip install jupyter-repo2docker": "the fixture repo2docker_venv installs it with uv",
    "repo2docker .": "the fixture binder runs it with a name for the image and without starting it",
}
