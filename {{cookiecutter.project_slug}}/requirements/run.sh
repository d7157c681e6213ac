#!/usr/bin/env bash
# Start JupyterLab in a new container, for example to apply a change to requirements/ while notebooks are open.
# This stops running kernels. The link, the settings, and the files in the home folder stay the same.
#
# Usage: requirements/run.sh [-d] [-- DOCKER RUN OPTIONS]
#   -d   return as soon as JupyterLab is ready; without it, show the log, and Ctrl-C stops JupyterLab
#
# Examples:
#   requirements/run.sh
#   requirements/run.sh -d -- --memory 8g
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

parse_start_arguments "$@"
prepare_container
replace_container
print_link
if [ "$detach" = no ]; then follow_log; fi
