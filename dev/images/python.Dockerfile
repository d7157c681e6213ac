# Stand-in for python:X.Y: the slim one, with compilers and the most used headers.
ARG BASE
FROM ${BASE}
ARG PYTHON
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        bzip2 curl g++ gcc git libbz2-dev libffi-dev liblzma-dev libpq-dev libsqlite3-dev libssl-dev \
        libxml2-dev libxslt1-dev make openssh-client patch pkg-config procps python${PYTHON}-dev unzip wget \
        xz-utils zlib1g-dev >/dev/null \
    && rm -rf /var/lib/apt/lists/*
