{% extends "base.Dockerfile" %}
{% block base %}
# Build as root. USER at the end switches to the user.
USER 0
ENV HOME=/root
{% endblock %}
{% block conda %}

# Conda packages come first, so that the lock keeps the versions of the Python packages among them.
# fix-permissions lets the user install packages later, as in every Docker Stacks image.
RUN --mount=type=bind,source=conda-requirements.txt,target=/mnt/conda-requirements.txt \
    --mount=type=cache,id=jupyter-docker-conda,target=/opt/conda/pkgs,sharing=locked \
    sed 's/[#\r].*//; /^ *$/d' /mnt/conda-requirements.txt | xargs --no-run-if-empty -d '\n' mamba install --yes --quiet \
    && fix-permissions "$CONDA_DIR"
{% endblock %}
{% block standard_library %}
{% endblock %}
{% block jupyter %}
{% endblock %}
{% block user_environment %}
ENV NB_USER=$NB_USER NB_UID=$NB_UID NB_GID=$NB_GID
{% endblock %}
{% block server %}
# The base image has its own ENTRYPOINT and CMD.
{% endblock %}
