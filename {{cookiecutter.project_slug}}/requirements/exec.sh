#!/usr/bin/env bash
# Run a command in a temporary container with the project's image, files, and settings. Without a command, start a
# shell. If requirements/ has changed, build the image first.
#
# Usage: requirements/exec.sh [COMMAND [ARGUMENTS]]
#
# Examples:
#   requirements/exec.sh python --version
#   requirements/exec.sh jupyter execute notebooks/first.ipynb
#   cat data.csv | requirements/exec.sh python clean.py >clean.csv
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

case $1 in
  -h | --help) show_help ;;
  --) shift ;;
esac
prepare_container

# Start in the folder that corresponds to the current one.
folder=$work_dir current=$(pwd -P)
case $current/ in "$project_dir"/*) folder=$work_dir${current#"$project_dir"} ;; esac

if [ -t 0 ] && [ -t 1 ]; then run_options+=(--tty); fi
# If the client of the engine is killed, for example by a closed pipe, the container runs on. So stop it.
container=$name-exec-$RANDOM$RANDOM
trap '{ "$engine" stop "$container" && "$engine" rm --force --volumes "$container"; } >/dev/null 2>&1 || :' EXIT
"$engine" run --rm --interactive --no-healthcheck --log-driver none "${run_options[@]}" "${shell_options[@]}" \
  --name "$container" --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project_dir" \
  --workdir "$folder" "$image" bash -c 'umask "$0" && exec "$@"' "$(umask)" "${@:-bash}"
