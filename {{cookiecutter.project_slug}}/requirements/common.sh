# shellcheck shell=bash disable=SC1091,SC2034
# What build.sh, run.sh, start.sh and stop.sh share.
set -euo pipefail
export MSYS_NO_PATHCONV=1 # Git Bash would rewrite the paths inside the container
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
project=$(dirname "$here")

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

case $project in
  / | "$HOME") die "$project is no project but holds all you have: move requirements/ into a folder of its own." ;;
esac

if ! command -v docker >/dev/null; then
  command -v podman >/dev/null || die "Docker is not installed: see https://docs.docker.com/get-started/get-docker/"
  docker() { podman "$@"; }
fi
case $(docker context inspect --format '{% raw %}{{.Endpoints.docker.Host}}{% endraw %}' 2>/dev/null) in
  '' | unix://* | npipe://* | tcp://127.0.0.1:* | tcp://localhost:*) ;;
  *) die "Docker runs on another machine, which cannot see $project: unset DOCKER_HOST, or docker context use default." ;;
esac
engine=$(docker info --format '{% raw %}{{json .}}{% endraw %}' 2>&1) || case $engine in
  *"permission denied"*) die "You may not use Docker yet: sudo usermod -aG docker $(id -un), then log in again." ;;
  *) die "Docker does not answer: start Docker Desktop, or sudo systemctl start docker. (${engine##*$'\n'})" ;;
esac
export BUILDAH_FORMAT=docker # else Podman drops the health check

RUN_OPTIONS=()
# shellcheck source=settings.sh
. "$here/settings.sh"
# shellcheck source=/dev/null
if [ -f "$here/local.sh" ]; then . "$here/local.sh"; fi

# The person is whoever typed sudo; a rootless engine shows the person as root inside.
person_uid=${SUDO_UID:-$(id -u)} person_gid=${SUDO_GID:-$(id -g)}
case $engine in
  *name=rootless* | *'"rootless":true'* | *'"rootless": true'*) rootless=yes inside_uid=0 inside_gid=0 ;;
  *) rootless=no inside_uid=$person_uid inside_gid=$person_gid ;;
esac
if [ "$NB_UID" = host ]; then NB_UID=$inside_uid; fi
if [ "$NB_GID" = host ]; then NB_GID=$inside_gid; fi
valid_id='^(0|[1-9][0-9]{0,9})$'
for id in NB_UID NB_GID; do
  [[ ${!id} =~ $valid_id && ${!id} -lt 4294967295 ]] || die "$id is '${!id}': give a number below 4294967295, or host for your own."
done
valid_user='^[a-z_][a-z0-9_-]{0,31}$'
[[ $NB_USER =~ $valid_user ]] || die "NB_USER is '$NB_USER': use lower-case letters, digits, _ and -, 32 at most, a letter first."

valid_tag='^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$'
[[ $IMAGETAG =~ $valid_tag ]] || die "IMAGETAG is '$IMAGETAG': use letters, digits, _, . and -, 128 at most, no . or - first."

# Named after the folder, with a checksum of person and path, so that no two projects meet.
slug=$(printf %s "${project##*/}" | LC_ALL=C tr '[:upper:]' '[:lower:]' | LC_ALL=C tr -cs 'a-z0-9' -)
slug=${slug#-} slug=${slug%-}
name=${slug:-jupyter}-$(printf %s "$person_uid:$project" | cksum | cut -d ' ' -f 1)
image=$name:$IMAGETAG

# A checksum of all that image and container are made from.
checksum() {
  {
    echo "$NB_USER $NB_UID $NB_GID $BASE_IMAGE"
    cd "$here" && find . -type f ! -path '*/.*' -exec cksum {} + | LC_ALL=C sort
    find .. -maxdepth 1 -name '*requirements*.txt' -exec cksum {} + | LC_ALL=C sort
  } | cksum | cut -d ' ' -f 1
}

up_to_date() {
  [ "$(docker image inspect --format '{% raw %}{{index .Config.Labels "jupyter-docker.checksum"}}{% endraw %}' "$image" 2>/dev/null)" = "$(checksum)" ]
}

# A field of docker's comma-separated options, quoted only where it must be, as Podman 4.3 knows no quotes.
field() { if [[ $1 == *[,\"]* ]]; then printf '"%s"' "${1//\"/\"\"}"; else printf %s "$1"; fi; }

# What is made under sudo is the person's all the same.
own() { if [ "$(id -u)" = 0 ]; then chown "$person_uid:$person_gid" "$@"; fi; }
