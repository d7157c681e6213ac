#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154
# Stop JupyterLab.
#   stop.sh [--remove]
#   --remove   take the container and its images away, too; the project's files stay
. "$(dirname "$(readlink -f "$0")")/common.sh"

case ${1-} in
  '' | --remove) ;;
  *) die "stop.sh does not know '$1': it takes --remove." ;;
esac

if docker container inspect "$name" >/dev/null 2>&1; then
  docker stop "$name" >/dev/null
  if [ "${1-}" = --remove ]; then docker rm "$name" >/dev/null; fi
fi
if [ "${1-}" = --remove ]; then
  for id in $(docker images --all --quiet --filter "label=jupyter-docker.project=$name"); do
    docker image rm --force "$id" >/dev/null
  done
fi
