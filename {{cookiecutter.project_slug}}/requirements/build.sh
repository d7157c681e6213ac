#!/usr/bin/env bash
# Update requirements.lock, then build the image. Packages in the lock file keep their versions;
# new ones are added, and those that are no longer required are removed.
#
# Usage: requirements/build.sh [--upgrade | --frozen] [-- OPTIONS OF DOCKER BUILD]
#   --upgrade   move every Python package to its newest version
#   --frozen    fail if requirements.lock is out of date (for CI)
#
# Examples:
#   requirements/build.sh --upgrade
#   requirements/build.sh -- --pull --no-cache   # newest base image and Debian packages
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

case ${1-} in
  --upgrade) lock_options=(--build-arg "UPGRADE=$(date +%s)") && shift ;; # a new value, so that Docker runs the step
  --frozen) lock_options=(--build-arg FROZEN=yes) && shift ;;
  -h | --help) show_help ;;
esac
case ${1-} in
  --) shift ;;
  ?*) die_unknown_argument "$1" ;;
esac
prepare
find_image
build_image "$@"
