{% extends "base.Dockerfile" %}
{% block base %}
# The build runs as root; USER at the end switches to the user.
USER 0
ENV HOME=/root
{% endblock %}
{% block conda %}
# Conda packages first: the lock then keeps the versions of the Python packages among them.
# fix-permissions lets the user install packages later, as in every Docker Stacks image.
FROM base AS conda
COPY conda-requirements.txt /mnt/
RUN --mount=type=cache,id=jupyter-docker-conda,target=/opt/conda/pkgs,sharing=locked \
    sed 's/[#\r].*//; /^ *$/d' /mnt/conda-requirements.txt \
    | xargs --no-run-if-empty -d '\n' mamba install --yes --quiet \
    && rm /mnt/conda-requirements.txt \
    && fix-permissions "$CONDA_DIR"

{% endblock %}
{% block lock_base %}conda{% endblock %}
{% block standard_library %}
{% endblock %}
{% block packages %}
# The project's packages. Jupyter itself is part of the base image. The lock file is mounted, because after a COPY,
# Docker 26 takes seconds to begin a RUN with a secret. Podman 4 does not notice changes in a mount, so build.sh
# gives it a checksum, INPUTS.
ARG INPUTS
RUN --mount=type=bind,from=lock,source=/requirements.lock,target=/mnt/requirements.lock \
    --mount=type=bind,from=resolve,source=/opt/uv,target=/opt/uv \
    --mount=type=bind,from=resolve,source=/project/requirements/wheels,target=/mnt/wheels \
    --mount=type=secret,id=package-index \
    --mount=type=cache,id=jupyter-docker-uv,target=/root/.cache \
    --mount=type=tmpfs,target=/tmp \
    bash /opt/uv/install-packages.sh /mnt/requirements.lock \
    && fix-permissions "$CONDA_DIR"

{% endblock %}
{% block config_dir %}/opt/conda/etc/jupyter/{% endblock %}
{% block user_environment %}
ENV NB_USER=$NB_USER NB_UID=$NB_UID NB_GID=$NB_GID
{% endblock %}
{% block server %}
# The base image has its own ENTRYPOINT and CMD.
{% endblock %}
