#!/usr/bin/env bash
# Stop JupyterLab. The next start.sh starts the same container, unless requirements/ or the options have changed.
#
# Usage: requirements/stop.sh [--remove]
#   --remove   also remove the container and the images that build.sh tagged; the project's files stay
#
# Examples:
#   requirements/stop.sh
#   requirements/stop.sh --remove
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

case ${1-} in
  '' | --remove) if [ $# -gt 1 ]; then die_unknown_argument "$2"; fi ;;
  -h | --help) show_help ;;
  *) die_unknown_argument "$1" ;;
esac
prepare
find_container
if [ "${1-}" = --remove ]; then
  if [ -n "$container_id" ]; then remove_container; fi
  remove_tagged_images
elif [ "$container_state" = running ]; then
  docker stop "$container_id" >/dev/null
fi
if [ "$container_state" = running ]; then say 'Stopped JupyterLab.'; fi
