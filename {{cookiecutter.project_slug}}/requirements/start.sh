#!/usr/bin/env bash
# Start JupyterLab and print its link. If requirements/ has changed, build the image first.
#
# Usage: requirements/start.sh [-d] [-- DOCKER RUN OPTIONS]
#   -d   return as soon as JupyterLab is ready; without it, show the log, and Ctrl-C stops JupyterLab
#        (closing the terminal does not)
# If JupyterLab is already running, start.sh prints the link and returns, with or without -d.
#
# Examples:
#   requirements/start.sh
#   DOCKERPORT=9123 requirements/start.sh -d
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

parse_start_arguments "$@"
prepare_container
ensure_container
print_link
# Ctrl-C must not stop a JupyterLab that was already running.
if [ "$detach" = no ] && [ "$started" = yes ]; then follow_log; fi
