#!/usr/bin/env bash
# Stop JupyterLab. The container and everything in it are kept for the next start.sh.
#
# Usage: requirements/stop.sh [--remove]
#   --remove   also remove the container and the images that build.sh tagged; the project's files stay
#
# Examples:
#   requirements/stop.sh
#   requirements/stop.sh --remove
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

case ${1-} in
  '') remove=no ;;
  --remove) remove=yes ;;
  -h | --help) show_help ;;
  *) die_unknown_argument "$1" ;;
esac
prepare
find_container
if [ "$container_state" = running ]; then
  docker stop "$container_id" >/dev/null
  say 'Stopped JupyterLab.'
fi
if [ "$remove" = yes ]; then
  remove_container
  remove_tagged_images
fi
