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

case ${1-} in
  -h | --help) show_help ;;
  --) shift ;;
esac
prepare
ensure_image
create_state
set_run_options

# Start in the folder that corresponds to the current one.
folder=$work_dir current=$(pwd -P)
case $current/ in "$project_dir"/*) folder=$work_dir${current#"$project_dir"} ;; esac

if [ -t 0 ] && [ -t 1 ]; then run_options+=(--tty); fi
exec "$engine" run --rm --interactive --no-healthcheck "${run_options[@]}" --workdir "$folder" \
  --label "jupyter-docker.temporary=$name" "$image" bash -c "umask $(umask)"' && exec "$@"' - "${@:-bash}"
