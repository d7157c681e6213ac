#!/bin/bash
# Install the packages of a lock file, with bytecode, because a running container cannot store any.
#   install-packages.sh LOCK_FILE
set -euo pipefail
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
export PATH=/opt/uv/bin:$PATH
cd "$(dirname "$1")" # so that the lock file may name ./wheels/x.whl

# Compile each wheel once, in uv's cache, from where every later build copies it.
# To find the wheels there, install symbolic links to them into a temporary folder first.
links=$(mktemp -d)
uv pip install --quiet --no-deps --link-mode symlink --target "$links" --requirement "$1"
version=$(python -c 'import sys; print(sys.implementation.cache_tag)')
readlink --canonicalize "$links"/*.dist-info/METADATA | sed 's|/[^/]*/METADATA$||' | sort --unique \
  | while read -r wheel; do if [ ! -e "$wheel.$version" ]; then echo "$wheel"; fi; done >"$links/new"
if [ -s "$links/new" ]; then
  # unchecked-hash: a copy has another time stamp than its source. -x: nobody imports tests and scripts.
  # Status 1: some file is for another Python version.
  python -m compileall -qq -j 0 -x '/tests/|\.data/scripts/' --invalidation-mode unchecked-hash -i "$links/new" \
    || [ $? = 1 ]
  sed "s/\$/.$version/" "$links/new" | xargs touch
fi
rm -r "$links"

uv pip install --system --break-system-packages --no-deps --link-mode copy --requirement "$1"
