#!/bin/bash
# Install the packages of a lock file, with bytecode, because the user cannot write any to these folders.
#   install-packages.sh LOCK_FILE
set -euo pipefail
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
export PATH=/opt/uv/bin:$PATH
cd "$(dirname "$1")" # so that the lock file may name ./wheels/x.whl

# uv's own --compile-bytecode recompiles every package in every build, which takes 8 s for pandas and matplotlib.
# So compile each package once, in uv's cache, from where uv copies it with its bytecode:
# 1. Find the packages in the cache, by installing symbolic links to them.
links=/tmp/links # /tmp is in memory, because links on disk take seconds
uv pip install --quiet --no-deps --link-mode symlink --target "$links" --requirement "$1"
readlink --canonicalize "$links"/*.dist-info/METADATA | sed 's|/[^/]*/METADATA$||' | sort --unique >"$links/packages"

# 2. Compile those that have no mark yet, and mark them.
version=$(python -c 'import sys; print(sys.implementation.cache_tag)')
while read -r package; do
  if [ ! -e "$package.$version.compiled" ]; then echo "$package"; fi
done <"$links/packages" >"$links/new-packages"
if [ -s "$links/new-packages" ]; then
  # unchecked-hash: a copy has a different timestamp. -x: nobody imports tests and scripts.
  # Status 1: some file is for another Python version.
  python -m compileall -qq -j 0 -x '/tests/|\.data/scripts/' --invalidation-mode unchecked-hash -i "$links/new-packages" \
    || [ $? = 1 ]
  sed "s/\$/.$version.compiled/" "$links/new-packages" | xargs touch
fi

# 3. Install by copying.
uv pip install --system --break-system-packages --no-deps --link-mode copy --requirement "$1"
