# Stand-in for condaforge/miniforge3: a Python in /opt/conda, and commands that install Conda packages as wheels.
ARG BASE
FROM ${BASE}
ARG PYTHON
# A Python whose files are all below /opt/conda: it finds its prefix from the place of its executable. Packages go to
# site-packages, as in the public image.
RUN mkdir -p /opt/conda/bin /opt/conda/lib \
    && cp /usr/bin/python${PYTHON} /opt/conda/bin/ \
    && cp -a /usr/lib/python${PYTHON} /opt/conda/lib/ \
    && cd /opt/conda/lib/python${PYTHON} && rm -f _distutils_system_mod.py sitecustomize.py \
    && mkdir site-packages && ln -s site-packages dist-packages \
    && sed -i "s/'posix_local')/'posix_prefix')/; s/scheme = 'posix_local'/scheme = 'posix_prefix'/" sysconfig/__init__.py \
    && ln -s python${PYTHON} /opt/conda/bin/python && ln -s python${PYTHON} /opt/conda/bin/python3
ENV CONDA_DIR=/opt/conda LANG=C.UTF-8 LC_ALL=C.UTF-8 PATH=/opt/conda/bin:$PATH
RUN wheel=$(echo /usr/share/python-wheels/pip-*.whl) \
    && python "$wheel/pip" install --quiet --no-cache-dir --root-user-action=ignore pip \
    && rm -rf /usr/local/bin/* /usr/local/lib/python*
# Like the public image, which is Ubuntu's: no other Python, no time zones, a user with ID 1000, and a shell that
# calls `groups` if there is no ~/.hushlogin. It complains about a group without a name.
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        bzip2 git tini wget >/dev/null \
    && rm -rf /var/lib/apt/lists/* \
    && dpkg --purge $(dpkg-query --show --showformat '${Package}\n' '*python*' tzdata) >/dev/null \
    && useradd --create-home --shell /bin/bash --uid 1000 ubuntu \
    && echo '[ -e ~/.hushlogin ] || case " $(groups) " in *" sudo "*) echo "Run a command as root with sudo." ;; esac' \
        >>/etc/bash.bashrc
COPY --chmod=755 conda /opt/conda/bin/
RUN ln -s conda /opt/conda/bin/mamba
ENTRYPOINT ["tini", "--"]
CMD ["/bin/bash"]
