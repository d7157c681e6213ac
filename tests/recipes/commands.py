"""Each command line of `docs/beyond-one-machine.md`: the test or fixture that runs it, or why none does."""

COMMANDS: dict[str, str] = {
    "npx @devcontainers/cli up --workspace-folder .": (
        "test_editor.py::test_the_documented_commands_start_the_container_and_run_a_notebook"
    ),
    "npx @devcontainers/cli exec --workspace-folder . jupyter execute notebooks/first.ipynb": (
        "test_editor.py::test_the_documented_commands_start_the_container_and_run_a_notebook"
    ),
    "requirements/build.sh --frozen": "test_ci.py::test_the_two_documented_commands_check_a_project",
    "requirements/exec.sh jupyter execute notebooks/first.ipynb": (
        "test_ci.py::test_the_two_documented_commands_check_a_project"
    ),
    "docker buildx build --build-arg FROZEN=yes --build-arg NB_GID=100 --build-context project=. "
    "--tag ghcr.io/my-team/my-project:v1 --push requirements": "conftest.py::published",
    "docker buildx create --name publish --driver docker-container": (
        "not run: needs an image from a public registry"
    ),
    "docker buildx build --builder publish --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max "
    "--build-arg FROZEN=yes --build-arg NB_GID=100 --build-context project=. "
    "--tag ghcr.io/my-team/my-project:v1 --push requirements": "not run: needs an image from a public registry",
    "pip install jupyterhub dockerspawner": "not run: the fixture hub_venv installs these packages with uv",
    "npm install --global configurable-http-proxy": (
        "not run: the fixture npm_programs installs it into a temporary folder"
    ),
    'HUB_PASSWORD="choose a password" jupyterhub --config jupyterhub_config.py': (
        "not run: the fixture hub runs it with other ports"
    ),
    "helm upgrade --install jupyterhub jupyterhub --repo https://hub.jupyter.org/helm-chart/ --values z2jh-values.yaml": (
        "not run: needs a Kubernetes cluster"
    ),
    "pip install jupyter-repo2docker": "not run: the fixture repo2docker_venv installs it with uv",
    "repo2docker .": "not run: the fixture binder runs it with a name for the image and without starting it",
    "requirements/build.sh -- --tag my-project:dask": "test_dask.py::deploy",
    "docker compose --file requirements/dask-compose.yaml up --detach": "test_dask.py::deploy",
    "requirements/exec.sh python analysis.py": "test_dask.py::analyze",
    "docker compose --file requirements/dask-compose.yaml down": "test_dask.py::dask_project",
    "docker run --read-only --user 1234567:0 --cap-drop ALL --security-opt no-new-privileges "
    "--tmpfs /tmp --workdir /tmp --env HOME=/tmp --publish 127.0.0.1:8888:8888 "
    "ghcr.io/my-team/my-project:v1": "test_restrictions.py::restricted",
}
