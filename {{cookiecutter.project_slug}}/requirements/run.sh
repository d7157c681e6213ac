#!/usr/bin/env bash
# Replace the container, for example after a change of its options, and start JupyterLab.
# Kernels and terminals stop. The project's files stay, and so does the link.
#
# Usage: requirements/run.sh [-d] [-- OPTIONS OF DOCKER RUN]
#   -d   return as soon as JupyterLab answers; without it, show the log until Ctrl-C
#
# Examples:
#   requirements/run.sh
#   requirements/run.sh -d -- --memory 8g
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

parse_start_arguments "$@"
prepare
ensure_image
set_container_options
find_container
remove_container
create_container
wait_until_ready
print_link
if [ "$detach" = no ]; then follow_log; fi
