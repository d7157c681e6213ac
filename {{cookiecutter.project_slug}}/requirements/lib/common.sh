# Sourced by every script in requirements/: messages, settings, and the names of this project's image and container.
set -euo pipefail
export MSYS_NO_PATHCONV=1 # Git Bash must not rewrite paths in the container

requirements_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
project_dir=$(dirname "$requirements_dir")

say() { printf '%s\n' "$*" >&2; }
warn() { say "warning: $1"; }

# die ERROR [HINT]
die() {
  say "error: $1"
  if [ -n "${2-}" ]; then say "hint: $2"; fi
  exit 1
}

# Print the comment at the top of the script that the user called.
show_help() {
  sed -n '1d; /^#/!q; s/^# \{0,1\}//p' "$0"
  exit
}

die_unknown_argument() { die "unknown argument: '$1'" "see requirements/$(basename "$0") --help"; }

# Every script calls this after it has read its arguments.
prepare() {
  find_user
  refuse_home_directory
  load_settings
  connect_to_engine
  resolve_ids
  name_project
  refuse_links
}

# Sets user_uid and user_gid: the user to whom the project's files belong.
find_user() {
  user_uid=$(id -u) user_gid=$(id -g)
  # With sudo, that is the user who typed it. Only if we are root now, because `sudo -u NAME` also sets SUDO_UID.
  if [ "$user_uid" = 0 ] && [ "${SUDO_UID:-0}" != 0 ]; then user_uid=$SUDO_UID user_gid=$SUDO_GID; fi
}

# Run a command as that user, so that new files belong to them.
as_user() {
  if [ "$(id -u)" = "$user_uid" ]; then "$@"; else sudo -H -u "#$user_uid" -- "$@"; fi
}

refuse_home_directory() {
  local home
  home=$(as_user bash -c 'cd ~ && pwd -P' 2>/dev/null) || home=
  case $project_dir in
    / | "$home") die "refusing to use $project_dir as a project" "move requirements/ into a folder of its own" ;;
  esac
}

load_settings() {
  RUN_OPTIONS=() PORTS=()
  . "$requirements_dir/settings.sh"
  if [ -f "$requirements_dir/local.sh" ]; then
    . "$requirements_dir/local.sh" || die 'requirements/local.sh failed' 'correct its last command'
  fi

  check NB_USER '^[a-z_][a-z0-9_-]{0,31}$' 'use up to 32 lowercase letters, digits, _ and -, starting with a letter or _'
  id_hint="use a number below 4294967295, or 'host' for your own ID"
  check NB_UID '^(host|0|[1-9][0-9]{0,9})$' "$id_hint"
  check NB_GID '^(host|0|[1-9][0-9]{0,9})$' "$id_hint"
  check IMAGETAG '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$' 'use up to 128 letters, digits, _ . and -, not starting with . or -'
  check DOCKERPORT '^([1-9][0-9]{3,4})?$' 'use a number from 1024 to 65535'
  if [ "${DOCKERPORT:-1024}" -lt 1024 ] || [ "${DOCKERPORT:-1024}" -gt 65535 ]; then
    die "invalid DOCKERPORT: '$DOCKERPORT'" 'use a number from 1024 to 65535'
  fi
}

# check NAME PATTERN HINT: the value of the variable NAME must match PATTERN.
check() { [[ ${!1} =~ $2 ]] || die "invalid $1: '${!1}'" "$3"; }

# Sets NB_UID and NB_GID to numbers, container_uid to the user's own ID in the container, and same_user: whether
# JupyterLab runs as the user. Otherwise it can neither read the token nor keep settings in the project.
resolve_ids() {
  local container_gid=$user_gid variable
  container_uid=$user_uid same_user=no
  if [ "$rootless" = yes ]; then container_uid=0 container_gid=0; fi # root in the container is the user
  if [ "$NB_UID" = host ]; then NB_UID=$container_uid; fi
  if [ "$NB_GID" = host ]; then NB_GID=$container_gid; fi
  for variable in NB_UID NB_GID; do
    if [ "${!variable}" -ge 4294967295 ]; then die "invalid $variable: '${!variable}'" "$id_hint"; fi
  done
  if [ "$NB_UID" = "$container_uid" ]; then same_user=yes; fi
}

# Sets name (of the container), image, state_dir, and work_dir (the project in the container).
name_project() {
  local slug
  slug=$(basename "$project_dir" | LC_ALL=C tr '[:upper:]' '[:lower:]' | LC_ALL=C tr -cs 'a-z0-9' -)
  slug=${slug#-} slug=${slug%-}
  # The checksum makes the name unique for each user and path.
  name=${slug:-jupyter}-$(printf %s "$user_uid:$project_dir" | cksum | cut -d ' ' -f 1)
  image=$name:$IMAGETAG
  state_dir=$project_dir/.jupyter/$user_uid
  work_dir=/home/$NB_USER/work
}

. "$requirements_dir/lib/engine.sh"
. "$requirements_dir/lib/state.sh"
. "$requirements_dir/lib/image.sh"
. "$requirements_dir/lib/build-image.sh"
. "$requirements_dir/lib/options.sh"
. "$requirements_dir/lib/container.sh"
. "$requirements_dir/lib/server.sh"
