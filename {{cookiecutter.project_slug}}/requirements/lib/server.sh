# The running JupyterLab: its link and its log.

# Wait up to a minute until JupyterLab answers. Sets token. Without -d, Ctrl-C stops JupyterLab from here on.
wait_until_ready() {
  local server
  if [ "$detach" = no ]; then trap stop_jupyterlab INT TERM; fi
  server=$(docker exec "$name" bash -c 'cat "$(is-ready.sh 60)"') || {
    docker logs --tail 20 "$name" >&2
    die 'JupyterLab did not start (see the log above)' 'correct requirements/, then run requirements/run.sh'
  }
  token=$(sed -n 's/.*"token": "\([^"]*\)".*/\1/p' <<<"$server")
}

print_link() { echo "JupyterLab: http://127.0.0.1:$port/lab?token=$token"; }

# Show the log until Ctrl-C. A closed terminal leaves JupyterLab running.
follow_log() {
  say 'Press Ctrl-C to stop JupyterLab.'
  "$engine" logs --follow --tail 0 "$name" &
  follower=$!
  trap 'kill "$follower"; exit 129' HUP
  wait "$follower"
}

stop_jupyterlab() {
  trap '' INT TERM
  # The log ends first, because a kernel that is stopped during a cell logs a traceback.
  if [ -n "${follower-}" ]; then kill "$follower" 2>/dev/null || :; fi
  docker stop "$name" >/dev/null
  exit
}
