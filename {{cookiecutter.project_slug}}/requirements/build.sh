#!/usr/bin/env bash
# Update requirements.lock and build the image. Packages in the lock file keep their versions; new ones are
# added, and those that are no longer required are removed.
#
# Usage: requirements/build.sh [--upgrade | --frozen] [-- DOCKER BUILD OPTIONS]
#   --upgrade   move every Python package and the base image to their newest versions
#   --frozen    fail if requirements.lock is out of date (for CI)
#
# Examples:
#   requirements/build.sh --upgrade
#   requirements/build.sh -- --no-cache   # the newest Debian packages
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

while [ $# -gt 0 ]; do
  case $1 in
    --upgrade | --frozen)
      if [ "$lock_mode" != update ]; then die '--upgrade and --frozen cannot be combined' 'use one of them'; fi
      lock_mode=${1#--}
      ;;
    -h | --help) show_help ;;
    --) shift && break ;;
    *) die_unknown_argument "$1" ;;
  esac
  shift
done
prepare
if [ "$lock_mode" = update ] && [ $# -eq 0 ] && image_is_current; then
  say 'The image is up to date.'
else
  build_image "$@"
fi
