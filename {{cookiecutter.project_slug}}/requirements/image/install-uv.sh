#!/bin/bash
# Install uv into /opt/uv, apart from the packages of the project.
set -euo pipefail
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
pip install --quiet --no-cache-dir --target /opt/uv uv==0.13.9
