{# The part that all flavors share. Each flavor extends this file and fills its blocks. #}
{% set flavor = cookiecutter._flavors[cookiecutter.base_image] %}
{% set sudo = cookiecutter.passwordless_sudo == "yes" %}
# SPDX-License-Identifier: MIT-0
# JupyterLab for this project. A plain `docker build requirements` also works, unless a list refers to other folders.
ARG BASE_IMAGE={{ flavor.image | replace("PYTHON_VERSION", cookiecutter.python_version) }}

# Files outside this folder that the lists refer to. build.sh replaces this empty stage (--build-context project=...).
FROM scratch AS project

# ---- Base image ----
FROM ${BASE_IMAGE} AS base
{% block base %}
{% endblock %}
# Trust the CA certificates in certs/*.crt, if there are any. COPY needs a file that exists, here pyproject.toml.
COPY image/scripts/pyproject.toml certs* /usr/local/share/ca-certificates/
RUN if [ -n "$(find /usr/local/share/ca-certificates -name '*.crt')" ]; then update-ca-certificates; fi
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt LANG=C.UTF-8
{% block conda %}
{% endblock %}

# ---- uv, which the image does not contain, and the scripts that use it ----
FROM base AS tools
COPY image/scripts /opt/scripts
# Only a private package index needs the secret; build.sh passes it.
RUN --mount=type=secret,id=package-index bash /opt/scripts/install-uv.sh

# ---- Lock file: the version and the hashes of every Python package ----
FROM tools AS resolve
ARG BASE_IMAGE UPGRADE FROZEN
# Mounted, because BuildKit reads every file of the stage again after a COPY if a step has a secret.
RUN --mount=type=bind,target=/mnt/requirements \
    --mount=type=bind,from=project,target=/mnt/project \
    --mount=type=secret,id=package-index \
    --mount=type=cache,id=jupyter-docker-uv,target=/root/.cache \
    bash /opt/scripts/lock-packages.sh

# ---- Image: what changes least comes first ----
FROM base
{% block standard_library %}
# Compile the standard library. Python images have no bytecode for it, and without it each start takes 2 s longer.
RUN python -m compileall -q -j 0 -x /site-packages/ "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

{% endblock %}
# Debian packages: tini (PID 1), time zones{{ ", sudo" if sudo }}, and the project's list.
# The lists of the first update tell APT where the archive has its snapshots.
ARG DEBIAN_SNAPSHOT=
RUN --mount=type=bind,source=apt-requirements.txt,target=/mnt/apt-requirements.txt \
    --mount=type=cache,id=jupyter-docker-apt,target=/var/lib/apt/lists,sharing=locked \
    apt-get update --quiet=2 && if [ -n "$DEBIAN_SNAPSHOT" ]; then \
        echo "APT::Snapshot \"$DEBIAN_SNAPSHOT\";" >/etc/apt/apt.conf.d/snapshot && apt-get update --quiet=2; fi \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        tini tzdata{{ " sudo" if sudo }} $(sed 's/[#\r].*//' /mnt/apt-requirements.txt)

{% block jupyter %}
# Jupyter in a separate layer: adding a project package does not rebuild it.
RUN --mount=type=bind,from=tools,source=/opt/scripts,target=/opt/scripts \
    --mount=type=bind,from=resolve,source=/locks/jupyter,target=/locks \
    --mount=type=secret,id=package-index \
    --mount=type=cache,id=jupyter-docker-uv,target=/root/.cache \
    bash /opt/scripts/install-packages.sh

{% endblock %}
# The project's Python packages, and the lock file, which build.sh copies into the project.
RUN --mount=type=bind,from=tools,source=/opt/scripts,target=/opt/scripts \
    --mount=type=bind,from=resolve,source=/locks/project,target=/locks \
    --mount=type=secret,id=package-index \
    --mount=type=cache,id=jupyter-docker-uv,target=/root/.cache \
    bash /opt/scripts/install-packages.sh && install -m 644 /locks/requirements.lock /usr/local/share/

COPY --chmod=644 image/jupyter_server_config.py /usr/local/etc/jupyter/
COPY --chmod=644 image/ipython_kernel_config.py /usr/local/etc/ipython/
COPY --chmod=644 image/page_config.json /usr/local/etc/jupyter/labconfig/
COPY --chmod=755 image/server-status.py /usr/local/bin/server-status
COPY --chmod=755 image/check-notebooks.py /usr/local/bin/check-notebooks

# The user comes last, so that another user's build reuses every layer above.
ARG NB_UID=1000 NB_GID=1000 NB_USER=jovyan
ENV HOME=/home/$NB_USER SHELL=/bin/bash PYTHONUSERBASE=/opt/user PATH=/opt/user/bin:$PATH JUPYTER_RUNTIME_DIR=/run/jupyter
{% block user_environment %}
{% endblock %}
RUN --mount=type=bind,source=image/scripts,target=/opt/scripts bash /opt/scripts/create-user.sh
USER $NB_UID
WORKDIR $HOME
HEALTHCHECK CMD ["server-status"]
{% block server %}
EXPOSE 8888
ENTRYPOINT ["tini", "--"]
CMD ["jupyter-lab"]
{% endblock %}
