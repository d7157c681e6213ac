#!/bin/bash
# Install uv into /opt/scripts/uv. The image gets its packages from uv, but does not contain it.
set -euo pipefail
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
pip install --quiet --no-cache-dir --target /opt/scripts/uv uv==0.13.9
