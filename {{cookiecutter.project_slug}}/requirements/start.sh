#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154
# Bring JupyterLab up, whatever that takes, and print its link.
#   start.sh [-d] [-- options of docker run]
#   -d   return once JupyterLab answers
. "$(dirname "$0")/common.sh"

detach=
if [ "${1-}" = -d ]; then detach=-d && shift; fi
case ${1-} in
  '') ;;
  --) exec "$here/run.sh" $detach "$@" ;;
  *) die "start.sh does not know '$1': it takes -d; options of docker run go after --." ;;
esac

inspect() { docker container inspect --format "$1" "$name" 2>/dev/null; }
case $(inspect '{% raw %}{{.State.Running}}{% endraw %}') in
  true) up_to_date || say "requirements/ has changed since this container started: requirements/run.sh makes a fresh one." ;;
  false)
    if ! up_to_date || [ "$(inspect '{% raw %}{{.Image}}{% endraw %}')" != "$(docker image inspect --format '{% raw %}{{.Id}}{% endraw %}' "$image")" ] \
      || [ "${DOCKERPORT:-any}" != any ] && [ "$DOCKERPORT" != "$(inspect '{% raw %}{{index .Config.Labels "jupyter-docker.port"}}{% endraw %}')" ] \
      || ! docker start "$name" >/dev/null 2>&1; then exec "$here/run.sh" $detach; fi # also if its port is taken by now
    ;;
  *) exec "$here/run.sh" $detach ;;
esac

# shellcheck disable=SC2016 # the container's shell expands it
server=$(docker exec "$name" sh -c '
  for _ in $(seq 600); do cat "$JUPYTER_RUNTIME_DIR"/jpserver-*.json 2>/dev/null && exit; sleep 0.1; done; exit 1') || {
  docker logs --tail 20 "$name" >&2
  die "JupyterLab did not start: its last words are above."
}
token=$(printf '%s\n' "$server" | sed -n 's/.*"token": "\([^"]*\)".*/\1/p')
port=$(docker port "$name" 8888)
echo "JupyterLab: http://127.0.0.1:${port##*:}/lab${token:+?token=$token}"
if [ -n "$detach" ]; then exit; fi

say "Ctrl-C stops it."
stop() {
  trap '' INT TERM
  docker stop "$name" >/dev/null
  exit
}
trap stop INT TERM
docker logs --follow --since 0s "$name" &
trap 'kill $!; exit 129' HUP # a closed terminal leaves the server running
wait $!
