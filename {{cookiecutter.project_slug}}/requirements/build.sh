#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154
# Pin the packages in requirements.lock, then build the image.
#   build.sh [--upgrade | --frozen] [-- options of docker build]
#   --upgrade   move every package to its newest version
#   --frozen    fail where requirements.lock is not up to date (for CI)
. "$(dirname "$(readlink -f "$0")")/common.sh"

lock_options=()
case ${1-} in
  --upgrade) lock_options=(--build-arg "UPGRADE=$(date +%s)") && shift ;; # a new value, as docker caches the answer
  --frozen) lock_options=(--build-arg FROZEN=yes) && shift ;;
esac
case ${1-} in
  --) shift ;;
  ?*) die "build.sh does not know '$1': it takes --upgrade or --frozen; options of docker build go after --." ;;
esac
[[ $engine == *buildahVersion* ]] || docker buildx version >/dev/null 2>&1 \
  || die "Docker lacks BuildKit: install the package docker-buildx-plugin (Debian: docker-buildx)."

options=(--build-context "project=$project")
if [ -n "$BASE_IMAGE" ]; then options+=(--build-arg "BASE_IMAGE=$BASE_IMAGE"); fi
for proxy in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
  if [ -n "${!proxy-}" ]; then options+=(--build-arg "$proxy"); fi
done

# An index of one's own, as a secret, since its address may hold a password.
: "${UV_DEFAULT_INDEX:=${PIP_INDEX_URL-}}" "${PIP_INDEX_URL:=$UV_DEFAULT_INDEX}"
index=
for setting in ${!PIP_INDEX*} ${!PIP_EXTRA_INDEX*} ${!UV_INDEX*} ${!UV_DEFAULT_INDEX*}; do
  if [ -n "${!setting}" ]; then index+=$(printf 'export %s=%q;' "$setting" "${!setting}"); fi
done
if [ -n "$index" ]; then
  export index
  options+=(--secret "id=index,env=index")
fi

build() {
  docker build "$@" || die "The build stopped, for the reason above. No space: docker system prune. No network: HTTPS_PROXY, if you need one." \
    "No such package or image: a name in requirements/. Then the same command goes on where it stopped."
}
build "${options[@]}" ${lock_options[@]+"${lock_options[@]}"} --target lock \
  --output "type=local,$(field "dest=$here")" "$@" "$here"
own "$here/requirements.lock"

build "${options[@]}" --build-context "lock=$here" --tag "$image" \
  --build-arg "NB_USER=$NB_USER" --build-arg "NB_UID=$NB_UID" --build-arg "NB_GID=$NB_GID" \
  --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project" \
  --label "jupyter-docker.ids=$NB_UID:$NB_GID" --label "jupyter-docker.checksum=$(checksum)" \
  "$@" "$here"

# The image that this one replaces.
docker image prune --force --filter "label=jupyter-docker.project=$name" >/dev/null
