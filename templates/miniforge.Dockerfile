{% extends "base.Dockerfile" %}
{% block conda %}
# Conda packages first: the lock then keeps the versions of the Python packages among them.
FROM base AS conda
COPY conda-requirements.txt /mnt/
RUN --mount=type=cache,id=jupyter-docker-conda,target=/opt/conda/pkgs,sharing=locked \
    sed 's/[#\r].*//; /^ *$/d' /mnt/conda-requirements.txt \
    | xargs -d '\n' mamba install --yes --quiet python={{ cookiecutter.python_version }} \
    && rm /mnt/conda-requirements.txt

{% endblock %}
{% block lock_base %}conda{% endblock %}
