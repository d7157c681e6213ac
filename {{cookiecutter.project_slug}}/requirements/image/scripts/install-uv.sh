#!/bin/bash
# Install uv into /opt/scripts/uv. The image gets its packages from uv, but does not contain it.
set -euo pipefail
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
# The hashes of the wheels for x86_64 and for arm64.
pip install --quiet --no-cache-dir --target /opt/scripts/uv --requirement /dev/stdin <<'UV'
uv==0.13.9 \
  --hash=sha256:d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19 \
  --hash=sha256:5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe
UV
