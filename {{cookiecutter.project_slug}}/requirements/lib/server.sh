# The running JupyterLab: its link and its log.

# Wait up to a minute until JupyterLab is ready, then print the link.
print_link() {
  local path
  path=$("$engine" exec "$container_id" server-status wait 60) || die_not_ready
  echo "JupyterLab: http://127.0.0.1:$container_port$path"
}

die_not_ready() {
  local state
  state=$("$engine" container inspect --format '{% raw %}{{.State.Status}} {{.State.ExitCode}}{% endraw %}' "$container_id" 2>/dev/null) || :
  # 143: stopped before JupyterLab handled the signal.
  if [[ $state =~ ^($|removing|stopping|(exited|stopped)\ (0|143)$) ]]; then
    die 'another script has just stopped or removed the container' 'run the same command again'
  fi
  "$engine" logs --tail 20 "$container_id" >&2 || :
  die 'JupyterLab did not start (see the log above)' 'fix the error in requirements/, then run requirements/run.sh'
}

# Show the log until Ctrl-C, or until JupyterLab ends. A closed terminal leaves JupyterLab running.
follow_log() {
  local end
  trap stop_jupyterlab INT TERM
  say 'Press Ctrl-C to stop JupyterLab.'
  "$engine" logs --follow --tail 0 "$name" &
  log_process=$!
  trap 'kill "$log_process"; exit 129' HUP
  wait "$log_process" || : # what matters is the state of the container
  inspect_container
  if [ "$container_status" != exited ]; then return; fi
  end=$("$engine" container inspect --format '{% raw %}status {{.State.ExitCode}}, out of memory: {{.State.OOMKilled}}{% endraw %}' "$name")
  case $end in
    'status 0,'*) ;;
    *) die "JupyterLab ended unexpectedly ($end)" 'see the log above' ;;
  esac
}

# Ctrl-C. The log ends first, because a kernel that is stopped during a cell logs a traceback.
stop_jupyterlab() {
  trap '' INT TERM
  if [ -n "$log_process" ]; then kill "$log_process" 2>/dev/null || :; fi
  "$engine" stop "$name" >/dev/null
  exit
}
