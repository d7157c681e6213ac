#!/usr/bin/env bash
# Start JupyterLab in a new container, for example to apply a change of requirements/ while notebooks are open.
# The old container is removed with everything that is not in the project's folder. The link stays the same.
#
# Usage: requirements/run.sh [-d] [-- OPTIONS OF DOCKER RUN]
#   -d   return as soon as JupyterLab answers; without it, show the log, and Ctrl-C stops JupyterLab
#
# Examples:
#   requirements/run.sh
#   requirements/run.sh -d -- --memory 8g
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

parse_start_arguments "$@"
prepare
ensure_image
create_state
set_run_options
find_container
replace_container
wait_until_ready
print_link
if [ "$detach" = no ]; then follow_log; fi
