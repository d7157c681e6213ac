#!/usr/bin/env bash
# Stop JupyterLab. The next start.sh starts the same container, unless requirements/ or the options have changed.
#
# Usage: requirements/stop.sh [--remove]
#   --remove   also remove the project's containers, its image, and its home volume, which contains the
#              JupyterLab settings and everything else in the home folder. The project's files are kept.
#
# Examples:
#   requirements/stop.sh
#   requirements/stop.sh --remove
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

case $1 in
  '' | --remove) if [ $# -gt 1 ]; then die_unknown_argument "$2"; fi ;;
  -h | --help) show_help ;;
  *) die_unknown_argument "$1" ;;
esac

# Remove all that the project has on the engine.
remove_all() {
  local container tag image_id
  # Not by label: other containers of the image have the image's labels.
  for container in $("$engine" ps --all --quiet --filter "name=^/?$name(-exec-[0-9]+)?\$"); do
    "$engine" rm --force --volumes "$container" || return
  done
  "$engine" volume rm --force "$name-home" || return
  for tag in $("$engine" image ls --filter "reference=$name" --format '{% raw %}{{.Tag}}{% endraw %}'); do
    "$engine" image rm "$name:$tag" || return
  done
  # Not with `image prune`, which fails while another project prunes.
  for image_id in $("$engine" image ls --quiet --filter dangling=true --filter "label=jupyter-docker.project=$name"); do
    "$engine" image rm "$image_id" 2>/dev/null || : # a container of the user may use it
  done
}

prepare
inspect_container
case $container_status in
  running | paused | restarting)
    "$engine" stop "$name" >/dev/null || die 'cannot stop JupyterLab (see above)' 'run the same command again'
    say 'Stopped JupyterLab.'
    ;;
  *) say 'JupyterLab is not running.' ;;
esac
if [ "$1" = --remove ]; then
  remove_all >/dev/null || die 'cannot remove everything (see above)' 'run the same command again'
  say 'Removed the container, the image, and the home volume.'
fi
