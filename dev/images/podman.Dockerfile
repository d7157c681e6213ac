# A current Podman for the tests, for machines whose own is older. It runs privileged on the host's network.
ARG BASE
FROM ${BASE}
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        aardvark-dns buildah crun fuse-overlayfs netavark nftables passt podman slirp4netns uidmap >/dev/null \
    && rm -rf /var/lib/apt/lists/*
# The same user as on the host. Its images are in its home folder, which the host and the container share.
ARG ID
RUN useradd --create-home --uid "$ID" rootless \
    && echo rootless:200000:65536 | tee /etc/subuid >/etc/subgid \
    && install -d -o rootless -m 700 "/run/user/$ID" \
    && printf '%s\n' '[storage]' 'driver = "overlay"' 'rootless_storage_path = "/home/rootless/.podman5"' \
        '[storage.options.overlay]' 'mount_program = "/usr/bin/fuse-overlayfs"' >/etc/containers/storage.conf \
    && printf '%s\n' '[engine]' 'runtime = "crun"' 'cgroup_manager = "cgroupfs"' >/etc/containers/engine.conf
ENV CONTAINERS_CONF=/etc/containers/engine.conf PODMAN_IGNORE_CGROUPSV1_WARNING=1
CMD ["sleep", "infinity"]
