{# The part that all flavors share. Each flavor extends this file and fills its blocks. #}
{% set flavor = cookiecutter._flavors[cookiecutter.base_image] %}
{% set sudo = cookiecutter.passwordless_sudo == "yes" %}
# JupyterLab for this project, built by build.sh. Files for COPY lines of your own must be in image/.
# A plain `docker build requirements` also works, unless a list refers to files outside requirements/.
ARG BASE_IMAGE={{ flavor.image | replace("PYTHON_VERSION", cookiecutter.python_version) }}

# Placeholder for the project's own requirements files, for lines like `-r ../requirements.txt`. build.sh replaces
# this stage with a copy of them (--build-context project=...).
FROM scratch AS project
COPY pip-requirements.txt /requirements/

FROM ${BASE_IMAGE} AS base
{% block base %}
{% endblock %}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Trust the CA certificates in certs/*.crt. The folder is optional: COPY ignores a pattern such as certs*
# that matches nothing, as long as another source exists. The same applies to wheels* and requirements*.lock below.
COPY image/trust-certificates.sh certs* /tmp/certs/
RUN bash /tmp/certs/trust-certificates.sh && rm -r /tmp/certs
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt

{% block conda %}
{% endblock %}
# ---- Lock: pin every package, with hashes ----
FROM {% block lock_base %}base{% endblock %} AS resolve
# uv resolves and installs. The last stage mounts it from here, so it is in no layer of the image.
# The secret `package-index` has the settings of a private package index, if there is one.
COPY image/install-uv.sh /opt/uv/
RUN --mount=type=secret,id=package-index bash /opt/uv/install-uv.sh
COPY image/lock-packages.sh image/install-packages.sh /opt/uv/
WORKDIR /project/requirements
# Nothing reads the first source of the next two lines, but COPY needs one that exists.
COPY --from=project requirements/pip-requirements.txt *requirements*.txt *constraints*.txt /project/
COPY image/pyproject.toml wheels* wheels/
COPY image/pyproject.toml image/jupyter-requirements.txt pip-requirements.txt requirements*.lock ./
ARG UPGRADE FROZEN
RUN --mount=type=secret,id=package-index \
    --mount=type=cache,id=jupyter-docker-uv,target=/root/.cache \
    bash /opt/uv/lock-packages.sh

# build.sh copies requirements.lock from here into the project.
FROM scratch AS lock
COPY --from=resolve /project/requirements/requirements.lock /

# ---- Image: what changes least comes first ----
FROM {{ self.lock_base() }}
# Settings come first, while the image is small, because Podman's storage driver vfs copies it for each instruction.
HEALTHCHECK --interval=5s --timeout=3s CMD ["is-ready.sh"]
{% block server %}
EXPOSE 8888
ENTRYPOINT ["tini", "--"]
CMD ["jupyter", "lab"]
{% endblock %}

{% block standard_library %}
# Compile the standard library. Python images have no bytecode for it, and without it each start takes 2 s longer.
RUN python -m compileall -q -j 0 -x /site-packages/ "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

{% endblock %}
# Debian packages: tini (PID 1), time zones{{ ", sudo" if sudo }}, and the project's list.
# COPY and rm the list, because Podman 4 does not notice changes in a mounted file.
COPY apt-requirements.txt /mnt/
RUN --mount=type=cache,id=jupyter-docker-apt,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=jupyter-docker-apt-lists,target=/var/lib/apt/lists,sharing=locked \
    apt-get update --quiet=2 \
    && sed 's/[#\r].*//' /mnt/apt-requirements.txt | DEBIAN_FRONTEND=noninteractive xargs \
        apt-get install --quiet=2 --yes --no-install-recommends tini tzdata{{ " sudo" if sudo }} \
    && rm /mnt/apt-requirements.txt

{% block packages %}
# Jupyter in a layer of its own: adding a project package does not rebuild it.
COPY --from=resolve /project/requirements/jupyter.lock /mnt/
RUN --mount=type=bind,from=resolve,source=/opt/uv,target=/opt/uv \
    --mount=type=secret,id=package-index \
    --mount=type=cache,id=jupyter-docker-uv,target=/root/.cache \
    --mount=type=tmpfs,target=/tmp \
    bash /opt/uv/install-packages.sh /mnt/jupyter.lock && rm /mnt/jupyter.lock

# The project's packages. Their lock file changes often, so it is mounted: after a COPY, Docker 26 takes seconds to
# begin a RUN with a secret. Podman 4 does not notice changes in a mount, so build.sh gives it a checksum, INPUTS.
ARG INPUTS
RUN --mount=type=bind,from=lock,source=/requirements.lock,target=/mnt/requirements.lock \
    --mount=type=bind,from=resolve,source=/opt/uv,target=/opt/uv \
    --mount=type=bind,from=resolve,source=/project/requirements/wheels,target=/mnt/wheels \
    --mount=type=secret,id=package-index \
    --mount=type=cache,id=jupyter-docker-uv,target=/root/.cache \
    --mount=type=tmpfs,target=/tmp \
    bash /opt/uv/install-packages.sh /mnt/requirements.lock

{% endblock %}
COPY --chmod=644 image/jupyter_server_config.py {% block config_dir %}/etc/jupyter/{% endblock %}

COPY --chmod=644 image/page_config.json /etc/jupyter/labconfig/
COPY --chmod=755 image/is-ready.sh image/running-work.py /usr/local/bin/

# Create the user last, so that another user's build reuses every layer above.
ARG NB_UID=1000 NB_GID=1000 NB_USER=jovyan
{% block user_environment %}
{% endblock %}
# JUPYTER_RUNTIME_DIR must be empty at each start. (The scripts mount /run/jupyter, as --ipc host shares /dev/shm.)
ENV HOME=/home/$NB_USER PATH=/home/$NB_USER/.local/bin:$PATH SHELL=/bin/bash JUPYTER_RUNTIME_DIR=/dev/shm/jupyter
COPY image/create-user.sh /mnt/
RUN bash /mnt/create-user.sh && rm /mnt/create-user.sh
USER $NB_UID
WORKDIR $HOME
