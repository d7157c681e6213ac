#!/usr/bin/env bash
# shellcheck disable=SC1091,SC2154
# Bring JupyterLab up, whatever that takes, and print its link.
#   start.sh [-d] [-- options of docker run]
#   -d   return once JupyterLab answers
. "$(dirname "$(readlink -f "$0")")/common.sh"

detach=
if [ "${1-}" = -d ]; then detach=-d && shift; fi
case ${1-} in
  '') ;;
  --) exec "$here/run.sh" $detach "$@" ;;
  *) die "start.sh does not know '$1': it takes -d; options of docker run go after --." ;;
esac

inspect() { docker container inspect --format "$1" "$name" 2>/dev/null; }
# Whether the stopped container is still what it should be, and starts; its port may be taken by now.
restart() {
  up_to_date \
    && [ "$(inspect '{% raw %}{{.Image}}{% endraw %}')" = "$(docker image inspect --format '{% raw %}{{.Id}}{% endraw %}' "$image")" ] \
    && [[ -z $DOCKERPORT || $DOCKERPORT = $(inspect '{% raw %}{{index .Config.Labels "jupyter-docker.port"}}{% endraw %}') ]] \
    && docker start "$name" >/dev/null 2>&1
}
case $(inspect '{% raw %}{{.State.Running}}{% endraw %}') in
  true) up_to_date || say "requirements/ has changed since this container started: requirements/run.sh makes a fresh one." ;;
  false) restart || exec "$here/run.sh" $detach ;;
  *) exec "$here/run.sh" $detach ;;
esac

follower=
stop() {
  trap '' INT TERM
  kill $follower 2>/dev/null || : # first, as a kernel that is stopped amid a cell shows a traceback
  docker stop "$name" >/dev/null
  exit
}
trap stop INT TERM

# Once it answers, its own banner is out, with links that are of no use on this side.
# shellcheck disable=SC2016 # the container's shell expands it
server=$(docker exec "$name" bash -c '
  for _ in {1..600}; do
    if (exec 3<>/dev/tcp/127.0.0.1/8888 && printf "GET /api HTTP/1.0\r\n\r\n" >&3 && grep -q HTTP <&3) 2>/dev/null; then
      exec cat "$JUPYTER_RUNTIME_DIR"/jpserver-*.json
    fi
    sleep 0.1
  done
  exit 1') || {
  docker logs --tail 20 "$name" >&2
  die "JupyterLab did not start: its last words are above."
}
token=$(printf '%s\n' "$server" | sed -n 's/.*"token": "\([^"]*\)".*/\1/p')
port=$(docker port "$name" 8888)
echo "JupyterLab: http://127.0.0.1:${port##*:}/lab${token:+?token=$token}"
if [ -n "$detach" ]; then exit; fi

say "Ctrl-C stops it."
docker logs --follow --tail 0 "$name" &
follower=$!
trap 'kill $follower; exit 129' HUP # a closed terminal leaves the server running
wait $follower
