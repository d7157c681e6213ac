{% set conda = "conda-requirements.txt" in cookiecutter._flavors[cookiecutter.base_image].extra_files %}
#!/bin/bash
# Pin every package, with hashes: requirements.lock has all of them, jupyter.lock only those that Jupyter needs.
# A pin in an existing requirements.lock stays. UPGRADE moves all pins; FROZEN fails if they are out of date.
set -euo pipefail
if [ -f /run/secrets/package-index ]; then . /run/secrets/package-index; fi
export PATH=/opt/uv/bin:$PATH

lock() {
  uv pip compile --quiet --universal --generate-hashes --emit-find-links \
    --custom-compile-command requirements/build.sh{{ " --constraint conda-packages.txt" if conda }} "$@"
}

# uv needs git to resolve packages from a Git repository. (To install them, list git in apt-requirements.txt.)
if grep --quiet git+ ../*.txt ./*.txt; then
  apt-get update --quiet=2
  apt-get install --quiet=2 --yes --no-install-recommends git
fi
{% if conda %}

uv pip list --quiet --system --format freeze >conda-packages.txt
{% endif %}

if [ -f requirements.lock ]; then cp requirements.lock committed.lock; fi
lock ${UPGRADE:+--upgrade} --output-file requirements.lock jupyter-requirements.txt pip-requirements.txt
# The installation needs the indexes that the lists name. (uv's --emit-index-url would also write private ones.)
indexes=$(sed -n '/^ *\(-i\|--index-url\|--extra-index-url\)[ =]/p' pip-requirements.txt ../*.txt | awk '!seen[$0]++')
if [ -n "$indexes" ]; then sed --in-place "1i ${indexes//$'\n'/\\n}" requirements.lock; fi

if [ -n "${FROZEN-}" ] && ! diff --new-file committed.lock requirements.lock; then
  echo "error: requirements.lock is out of date" >&2
  exit 1
fi

# uv keeps the pins that it finds in its output file, so both lock files agree.
cp requirements.lock jupyter.lock
lock --no-header --no-annotate --output-file jupyter.lock jupyter-requirements.txt
