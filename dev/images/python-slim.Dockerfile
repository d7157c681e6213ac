# Stand-in for python:X.Y-slim: a root file system with Debian's Python, created by dev/stand-ins.
FROM scratch
ADD root.tar /
ARG PYTHON
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ca-certificates.crt /usr/local/share/ca-certificates/host.crt
# Debian's own pip only works in virtual environments, so it installs one from the package index.
RUN update-ca-certificates >/dev/null 2>&1 \
    && ln -s /usr/bin/python${PYTHON} /usr/local/bin/python \
    && ln -s /usr/bin/python${PYTHON} /usr/local/bin/python3 \
    && rm /usr/lib/python${PYTHON}/EXTERNALLY-MANAGED
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN wheel=$(echo /usr/share/python-wheels/pip-*.whl) \
    && PYTHONDONTWRITEBYTECODE=1 python "$wheel/pip" install \
        --quiet --no-cache-dir --no-compile --root-user-action=ignore pip
CMD ["python3"]
