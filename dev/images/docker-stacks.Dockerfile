# Stand-in for minimal-notebook: the documented contract of the Jupyter Docker Stacks.
ARG BASE
FROM ${BASE}
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        curl locales sudo tzdata >/dev/null \
    && rm -rf /var/lib/apt/lists/*
ENV NB_USER=jovyan NB_UID=1000 NB_GID=100 HOME=/home/jovyan SHELL=/bin/bash JUPYTER_PORT=8888
COPY --chmod=755 fix-permissions start.sh start-notebook.py /usr/local/bin/
RUN userdel --remove ubuntu 2>/dev/null \
    && useradd --no-log-init --create-home --shell /bin/bash --uid 1000 --no-user-group jovyan \
    && mkdir /home/jovyan/work \
    && pip install --quiet --no-cache-dir --root-user-action=ignore jupyterlab notebook jupyterhub \
    && chown -R jovyan:users /opt/conda /home/jovyan \
    && fix-permissions /opt/conda /home/jovyan
USER 1000
WORKDIR /home/jovyan
EXPOSE 8888
ENTRYPOINT ["tini", "-g", "--", "start.sh"]
CMD ["start-notebook.py"]
HEALTHCHECK --interval=3s --timeout=1s --start-period=3s --retries=3 \
    CMD curl --fail --silent "http://127.0.0.1:$JUPYTER_PORT/api" >/dev/null
