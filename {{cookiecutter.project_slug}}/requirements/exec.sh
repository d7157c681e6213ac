#!/usr/bin/env bash
# Run a command in the project's environment: a temporary container with the same image, files, and settings.
# Without a command, start a shell. If requirements/ has changed, build the image first.
#
# Usage: requirements/exec.sh [COMMAND [ARGUMENTS]]
#
# Examples:
#   requirements/exec.sh pytest
#   requirements/exec.sh jupyter execute notebooks/first.ipynb
#   cat data.csv | requirements/exec.sh python clean.py >clean.csv
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

case ${1-} in -h | --help) show_help ;; esac
docker_options=()
prepare
ensure_image
create_state_dir
set_container_options

# The folder in the container that corresponds to the current one.
work=/home/$NB_USER/work current=$(pwd -P)
case $current/ in "$project_dir"/*) work=$work${current#"$project_dir"} ;; esac

terminal=
if [ -t 0 ] && [ -t 1 ]; then terminal=--tty; fi
exec "$engine" run --rm --interactive $terminal "${options[@]}" --label "jupyter-docker.temporary=$name" \
  --workdir "$work" "$image" "${@:-bash}"
