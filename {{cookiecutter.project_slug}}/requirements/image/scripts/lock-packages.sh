#!/bin/bash
# Run lock-packages.py with uv, and put the local wheels next to the lock file that may list them.
set -euo pipefail
# A copy of the project's lists, which lock-packages.py edits.
cp --archive /mnt/project /project
cp --archive /mnt/requirements /project/
cd /project/requirements
cp /opt/scripts/pyproject.toml . # uv reads its settings from the current folder
export PATH=/opt/scripts/uv/bin:$PATH
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
mkdir -p /locks/project/wheels /locks/jupyter/wheels # uv refuses a lock file whose wheels/ does not exist
if [ -d wheels ]; then cp -r wheels /locks/project/; fi
python /opt/scripts/lock-packages.py
