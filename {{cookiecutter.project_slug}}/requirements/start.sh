#!/usr/bin/env bash
# Start JupyterLab and print its link. If requirements/ has changed, build the image first.
#
# Usage: requirements/start.sh [-d] [-- OPTIONS OF DOCKER RUN]
#   -d   return as soon as JupyterLab answers; without it, show the log, and Ctrl-C stops JupyterLab
#        (a closed terminal does not)
#
# Examples:
#   requirements/start.sh
#   DOCKERPORT=9123 requirements/start.sh -d
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

parse_start_arguments "$@"
prepare
ensure_image
create_state
set_run_options
ensure_container
wait_until_ready
print_link
if [ "$detach" = no ]; then follow_log; fi
