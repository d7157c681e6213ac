{% extends "base.Dockerfile" %}
{% block conda %}

# Conda packages come first, so that the lock keeps the versions of the Python packages among them.
RUN --mount=type=bind,source=conda-requirements.txt,target=/mnt/conda-requirements.txt \
    --mount=type=cache,id=jupyter-docker-conda,target=/opt/conda/pkgs,sharing=locked \
    sed 's/[#\r].*//; /^ *$/d' /mnt/conda-requirements.txt \
    | xargs -d '\n' mamba install --yes --quiet python={{ cookiecutter.python_version }}
{% endblock %}
