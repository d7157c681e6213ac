#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154
# Start a fresh container; the old one goes.
#   run.sh [-d] [-- options of docker run]
#   -d   return once JupyterLab answers
. "$(dirname "$(readlink -f "$0")")/common.sh"

detach=
if [ "${1-}" = -d ]; then detach=-d && shift; fi
case ${1-} in
  --) shift ;;
  ?*) die "run.sh does not know '$1': it takes -d; options of docker run go after --." ;;
esac
valid_port='^[1-9][0-9]{3,4}$'
[[ -z $DOCKERPORT || ($DOCKERPORT =~ $valid_port && $DOCKERPORT -ge 1024 && $DOCKERPORT -le 65535) ]] \
  || die "DOCKERPORT is '$DOCKERPORT': give a number from 1024 to 65535."

up_to_date || "$here/build.sh"

if docker container inspect "$name" >/dev/null 2>&1; then
  by_hand=$(docker diff "$name" | sed -n 's|^A .*/\(.*\)\.dist-info$|\1|p' | tr '\n' ' ')
  say "Replacing the container of $project.${by_hand:+ Gone with it, as installed by hand: $by_hand}"
  docker stop "$name" >/dev/null
  docker rm "$name" >/dev/null
  docker image prune --force --filter "label=jupyter-docker.project=$name" >/dev/null
fi

# What a person changes in Jupyter stays in the project, out of git's sight.
mkdir -p "$project/.jupyter"
echo '*' >"$project/.jupyter/.gitignore"
own "$project/.jupyter" "$project/.jupyter/.gitignore"

work=/home/$NB_USER/work
timezone=${TZ:-$(readlink /etc/localtime)} || timezone=UTC
options=(
  --mount "type=bind,$(field "source=$project"),target=$work" --workdir "$work"
  --env "JUPYTER_CONFIG_DIR=$work/.jupyter" --env "JUPYTER_DATA_DIR=$work/.jupyter/data"
  --env "IPYTHONDIR=$work/.jupyter/ipython" --env "TZ=${timezone##*/zoneinfo/}"
  --shm-size 2g                # PyTorch's loaders need more than the default of 64 MB
  --security-opt label=disable # SELinux would hide the project
{% if cookiecutter.passwordless_sudo == "no" %}
  --security-opt no-new-privileges --cap-drop ALL
{% endif %}
)
{% if cookiecutter.passwordless_sudo == "no" %}
if [ "$NB_UID" = 0 ]; then options+=(--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER); fi
{% endif %}
if [ "$rootless" = no ]; then
  for group in $(id -G ${SUDO_USER+"$SUDO_USER"}); do
    if [ "$group" != 0 ]; then options+=(--group-add "$group"); fi
  done
fi
for proxy in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
  if [ -n "${!proxy-}" ]; then options+=(--env "$proxy"); fi
done

# The engine knows best whether a port is free; those of our stopped containers stay theirs.
ports=" $(docker ps --all --filter label=jupyter-docker.port --format '{% raw %}{{.Label "jupyter-docker.port"}}{% endraw %}' | tr '\n' ' ')"
for ((port = ${DOCKERPORT:-8888}; port <= 65535; port++)); do
  if [[ -z $DOCKERPORT && $ports == *" $port "* ]]; then continue; fi
  if answer=$(docker run --detach --name "$name" --publish "127.0.0.1:$port:8888" --label "jupyter-docker.port=$port" \
    "${options[@]}" ${RUN_OPTIONS[@]+"${RUN_OPTIONS[@]}"} "$@" "$image" 2>&1); then break; fi
  case $answer in *"container name"*"already in use"*) break ;; esac # by another start.sh, just now
  docker rm --force "$name" >/dev/null 2>&1
  case $answer in
    *"address already in use"* | *"port is already allocated"* | *"Ports are not available"*)
      [ -z "$DOCKERPORT" ] || die "Port $DOCKERPORT is in use: give another DOCKERPORT, or none for the first free one."
      ;;
    *"no space left on device"*) die "The disk is full: docker system prune frees what no container uses." ;;
    *) die "Docker could not start the container: $answer" ;;
  esac
done
[ "$port" = "${DOCKERPORT:-8888}" ] || say "Port 8888 is taken: this project uses $port."

exec "$here/start.sh" $detach
