#!/bin/bash
# Install the packages in /locks/requirements.lock, with bytecode, because the user cannot write it to these folders.
set -euo pipefail
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
# Any index that has the version may provide it, because the lock file contains the hashes.
export UV_INDEX_STRATEGY=unsafe-best-match
cd /locks # the lock file may list ./wheels/NAME.whl
/opt/scripts/uv/bin/uv pip install --system --break-system-packages --no-deps --link-mode copy --requirement requirements.lock || {
  echo "error: the packages cannot be installed (see above)"
  echo "hint: if one failed to build, its version may be older than $(python --version): require a newer version, or" \
    "choose an older Python with BASE_IMAGE in requirements/settings.sh"
  exit 1
} >&2
rm --force /tmp/uv-*.lock

# Not with uv's --compile-bytecode, which also compiles the tests of packages (about 80 MB for a new project), and pip
# (5 MB). Status 1: a file is for another Python version.
site_packages=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
python -m compileall -qq -j 0 -x '/tests/|-packages/pip/' "$site_packages" || [ $? = 1 ]
{% if cookiecutter.base_image == "docker-stacks" %}

# The user may also update and remove packages, as in every Docker Stacks image.
fix-permissions "$CONDA_DIR"
{% endif %}
