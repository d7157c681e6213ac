# SPDX-License-Identifier: MIT-0
#
# Sourced by every script in requirements/. Global variables, and who sets them:
#
#   requirements_dir, project_dir   requirements/, and its parent
#   NB_USER, NB_UID, ...            the settings, from settings.sh and local.sh
#   engine, is_podman, is_rootless  docker or podman, and yes or no (find_engine in engine.sh)
#   name                            the container; also the start of the names of the image and the home volume
#   image, work_dir                 NAME:IMAGETAG, and the project's folder in the container
#   image_id, image_tags            the image's ID, and all of its tags (inspect_image in image.sh)
#   detach, extra_options           the arguments of start.sh and run.sh (parse_start_arguments in options.sh)
#   run_options, shell_options      options of docker run (set_run_options and set_shell_options in options.sh)
#   container_id, container_status  the container, and its state, such as running (inspect_container in container.sh)
#   container_port                  its port on this machine
#   container_options               a checksum of its image and options
#   started                         whether this script has started the container (start_container)
#   start_output                    what the engine printed when it created and started the container (start_on_port)
if [ -z "$BASH_VERSION" ]; then echo "error: this is a bash script; run it as: bash $0" >&2 && exit 1; fi
set +o posix # sh on macOS is bash in this mode
set -eo pipefail
unset CDPATH # with it, cd prints the folder

requirements_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
project_dir=$(dirname "$requirements_dir")

say() { printf '%s\n' "$*" >&2; }
# warn WARNING HINT
warn() {
  say "warning: $1"
  say "hint: $2"
}
# die ERROR HINT
die() {
  say "error: $1"
  say "hint: $2"
  exit 1
}

# Print the comment at the top of the script that the user called.
show_help() { sed -n '1d; /^#/!q; s/^# \{0,1\}//p' "$0" && exit; }

die_unknown_argument() { die "unknown argument: '$1'" "see requirements/$(basename "$0") --help"; }

# Every script calls this after it has read its arguments.
prepare() {
  check_folder
  load_settings
  check_settings
  find_engine
  resolve_ids
  set_names
}

# start.sh, run.sh, and exec.sh call this instead: all that a container needs, also its image and its home volume.
prepare_container() {
  prepare
  ensure_image
  set_run_options
  set_shell_options
  inspect_container
  if [ -z "$container_status" ]; then create_home_volume; fi
}

check_folder() {
  # Docker would not find the folders of Git Bash, such as /tmp.
  case $OSTYPE in msys | cygwin) die 'Git Bash is not supported' 'use a WSL terminal' ;; esac
  case $project_dir in
    / | "$(cd ~ && pwd -P)")
      die "refusing to use $project_dir as a project" 'move requirements/ into a separate folder'
      ;;
  esac
  # Root would leave files in the project that its owner cannot change.
  if [ "$(id -u)" = 0 ] && [ ! -O "$project_dir" ]; then
    die "refusing to run as root in another user's project" \
      "omit sudo; if Docker needs it: sudo usermod -aG docker ${SUDO_USER:-USER}, then log in again"
  fi
}

load_settings() {
  # A failed command in one of these files ends the script (set -e), so say where it was.
  trap 'say "error: a command in requirements/local.sh or settings.sh failed"
    say "hint: fix the error above; if there is none, replace a last line such as [ ... ] && ... with: if"' EXIT
  unset RUN_OPTIONS PORTS # only local.sh sets these arrays
  if [ -f "$requirements_dir/local.sh" ]; then . "$requirements_dir/local.sh"; fi
  . "$requirements_dir/settings.sh"
  trap - EXIT
}

check_settings() {
  local id='^(host|0|[1-9][0-9]{0,8}|1[0-9]{9}|20[0-9]{8})$' id_hint="use a number below 2100000000, or 'host' for your own ID"
  must_match NB_USER '^[a-z_][a-z0-9_-]{0,31}$' 'use up to 32 lowercase letters, digits, _ and -, starting with a letter or _'
  if [ "$NB_USER" = root ]; then die "invalid NB_USER: 'root'" 'choose another name; NB_UID=0 makes that user root'; fi
  must_match NB_UID "$id" "$id_hint"
  must_match NB_GID "$id" "$id_hint"
  must_match DEBIAN_SNAPSHOT '^([0-9]{8}T[0-9]{6}Z)?$' 'use a date such as 20261101T000000Z, or leave it empty'
  must_match IMAGETAG '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$' 'use up to 100 letters, digits, _ . and -, but not . or - first'
  [[ -z $DOCKERPORT || $DOCKERPORT =~ ^[1-9][0-9]{3,4}$ && $DOCKERPORT -ge 1024 && $DOCKERPORT -le 65535 ]] \
    || die "invalid DOCKERPORT: '$DOCKERPORT'" 'use a number from 1024 to 65535'
  check_array RUN_OPTIONS '(--memory 8g)'
  check_array PORTS '(6006)'
}

# must_match NAME PATTERN HINT: the value of the variable NAME must match PATTERN.
must_match() { [[ ${!1} =~ $2 ]] || die "invalid $1: '${!1}'" "$3"; }

# check_array NAME EXAMPLE: the variable NAME must be an array, or not set.
check_array() {
  case $(declare -p "$1" 2>/dev/null) in
    '' | 'declare -a'*) ;;
    *) die "$1 in requirements/local.sh is not an array" "use parentheses, for example: $1=$2" ;;
  esac
}

# Replace `host` in NB_UID and NB_GID by numbers.
resolve_ids() {
  if [ "$NB_UID" = host ]; then NB_UID=$(user_id_in_container -u); fi
  if [ "$NB_GID" = host ]; then NB_GID=$(user_id_in_container -g); fi
}

# user_id_in_container -u|-g: a rootless engine maps the user to root in the container.
user_id_in_container() { if [ "$is_rootless" = yes ]; then echo 0; else id "$1"; fi; }

set_names() {
  name=$(name_of_folder "$project_dir")
  image=$name:$IMAGETAG work_dir=/home/$NB_USER/work
}

# name_of_folder FOLDER: the checksum makes the name unique for each user and folder.
name_of_folder() {
  local slug
  slug=$(basename "$1" | LC_ALL=C tr '[:upper:]' '[:lower:]' | LC_ALL=C tr -cs 'a-z0-9' -)
  slug=${slug:0:60} slug=${slug#-} slug=${slug%-}
  echo "${slug:-jupyter}-$(printf %s "$(id -u):$1" | checksum)"
}

checksum() { cksum | cut -d ' ' -f 1; }

for part in engine image build-image options container server; do . "$requirements_dir/lib/$part.sh"; done
