#!/bin/bash
# Run a command. As root, first give the user jovyan the name and the IDs of NB_USER, NB_UID, and NB_GID, and become it.
set -euo pipefail
if [ "$(id -u)" != 0 ]; then exec "$@"; fi
if [ "$NB_USER" != jovyan ] && id jovyan >/dev/null 2>&1; then
  usermod --login "$NB_USER" --home "/home/$NB_USER" jovyan
fi
if [ "$(id -u "$NB_USER")" != "$NB_UID" ]; then usermod --uid "$NB_UID" "$NB_USER"; fi
if [ "$(id -g "$NB_USER")" != "$NB_GID" ]; then usermod --gid "$NB_GID" "$NB_USER"; fi
case ${GRANT_SUDO-} in 1 | yes) echo "$NB_USER ALL=(ALL) NOPASSWD:ALL" >/etc/sudoers.d/jovyan ;; esac
exec sudo --preserve-env --set-home --user "$NB_USER" PATH="$PATH" "$@"
