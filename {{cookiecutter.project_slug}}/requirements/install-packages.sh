#!/bin/bash
# The Dockerfile's way to install a lock file's packages, with bytecode, as a container cannot keep any.
#   install-packages.sh FILE
# A wheel is compiled once, in uv's cache, from where uv copies it into every image that wants it.
set -euo pipefail
cd "$(dirname "$1")" # from where a path like ./wheels/x.whl counts
tag=$(python -c 'import sys; print(sys.implementation.cache_tag)')

uv pip install --quiet --no-deps --link-mode symlink --target /tmp/unpacked --requirement "$1"
readlink --canonicalize /tmp/unpacked/*.dist-info/METADATA | sed 's|/[^/]*/METADATA$||' | sort --unique \
  | while read -r wheel; do if [ ! -e "$wheel.$tag" ]; then echo "$wheel"; fi; done >/tmp/new

if [ -s /tmp/new ]; then
  # Not by time stamp, as copies get new ones. Status 1: a file for another Python, which nobody imports.
  # Without the packages' own tests, a quarter of it all, and scripts, which nobody imports either.
  python -m compileall -qq -j 0 -x '/tests/|\.data/scripts/' --invalidation-mode unchecked-hash -i /tmp/new || [ $? = 1 ]
  sed "s/\$/.$tag/" /tmp/new | xargs touch
fi

uv pip install --system --break-system-packages --no-deps --link-mode copy --requirement "$1"
