# The container of JupyterLab: how it is found, created, started, and replaced.

started=no # whether this script has started the container

# Sets container_id, container_status, container_port, and container_options, all of them empty if there is no container.
inspect_container() {
  local labels='{% raw %}{{index .Config.Labels "jupyter-docker.port"}} {{index .Config.Labels "jupyter-docker.options"}}{% endraw %}'
  read -r container_id container_status container_port container_options \
    < <("$engine" container inspect --format "{% raw %}{{.Id}} {{.State.Status}}{% endraw %} $labels" "$name" 2>/dev/null) || :
}

# Print a checksum of the image and the options. If it differs from that of the container, the container is replaced.
options_checksum() { printf '%s\n' "$image_id" "${run_options[@]}" "${PORTS[@]}" | checksum; }

container_is_current() {
  [ "$container_options" = "$(options_checksum)" ] && [ -z "${extra_options[*]}" ] \
    && [ "$container_port" = "${DOCKERPORT:-$container_port}" ]
}

# Make sure that a container runs. One with an old image or old options is replaced, unless that would stop work.
ensure_container() {
  local work
  if [ "$container_status" = paused ]; then "$engine" unpause "$name" >/dev/null && container_status=running; fi
  # A container that has not been started may have options that this command does not have.
  if [ "$container_status" != created ] && container_is_current; then
    if [ "$container_status" = running ] || start_container; then return; fi
    # If another program has its port now, a new container gets another one (see below).
    if [ -n "$DOCKERPORT" ] || ! port_is_in_use; then die_cannot_start; fi
  elif [ "$container_status" = running ]; then
    work=$("$engine" exec "$name" server-status work) || work='unknown, because JupyterLab is not ready'
    if [ -n "$work" ]; then
      warn "requirements/ or the options have changed, but JupyterLab has running work:
  ${work//$'\n'/$'\n'  }" 'save your work, then run requirements/run.sh'
      return
    fi
  fi
  replace_container
}

# Create and start a container. If there is one already, remove it first.
replace_container() {
  if [ -n "$container_status" ]; then remove_container; fi
  say 'Starting JupyterLab...'
  create_container
  remove_old_images # while JupyterLab starts
}

remove_container() {
  warn_about_installed_packages
  # Not by name, which a new container of another script may have by now.
  "$engine" stop "$container_id" >/dev/null || : # another script may have removed it
  "$engine" rm --force --volumes "$container_id" >/dev/null \
    || die 'cannot remove the old container (see above)' 'run the same command again'
  inspect_image # another script may have built meanwhile
}

# Packages that the user has installed manually are in the container only.
warn_about_installed_packages() {
  local installed
  if [ "$container_status" = running ]; then
    installed=$("$engine" exec "$name" server-status installed) || return 0 # the container hangs
  else
    # `container`, because Podman would otherwise look for an image of this name.
    installed=$("$engine" container diff "$name" \
      | sed -n 's|^A .*/\([^/]*\)-\([^/]*\)\.dist-info/REQUESTED$|\1==\2|p
        s|^A /var/log/apt/history.log$|Debian packages|p') || return 0 # another script has removed it
  fi
  if [ -n "$installed" ]; then
    warn "manually installed packages are removed: ${installed//$'\n'/, }" \
      'to keep them, add them to requirements/pip-requirements.txt or apt-requirements.txt'
  fi
}

# Create and start the container on DOCKERPORT. If that is not set, on the last container's port or another one.
create_container() {
  local port ports_in_use last_port=$container_port
  if [ -n "$DOCKERPORT" ]; then
    start_on_port "$DOCKERPORT" || die_cannot_start
    return
  fi
  # Other projects keep their ports while they are stopped.
  ports_in_use=" $("$engine" ps --all --format '{% raw %}{{.Label "jupyter-docker.port"}}{% endraw %}' | tr '\n' ' ') "
  for port in $last_port {8888..8987}; do
    if [[ $ports_in_use == *" $port "* ]] || ! start_on_port "$port"; then continue; fi
    if [ "$port" != "${last_port:-8888}" ]; then say "Port ${last_port:-8888} is in use; using $port."; fi
    return
  done
  die 'no port from 8888 to 8987 is free' 'set DOCKERPORT to a free port'
}

create_home_volume() {
  if ! "$engine" volume inspect "$name-home" >/dev/null 2>&1; then
    warn_about_moved_project
    "$engine" volume create --label "jupyter-docker.project=$name" \
      --label "jupyter-docker.folder=$project_dir" "$name-home" >/dev/null
  fi
}

# The names contain the folder, so a project that was moved gets new ones, and leaves the old ones behind.
warn_about_moved_project() {
  local volume folder
  "$engine" volume ls --quiet --filter label=jupyter-docker.project \
    | xargs "$engine" volume inspect --format '{% raw %}{{.Name}} {{index .Labels "jupyter-docker.folder"}}{% endraw %}' 2>/dev/null \
    | while read -r volume folder; do
      if [ "$(basename "$folder")" != "$(basename "$project_dir")" ] || [ -d "$folder" ]; then continue; fi
      if [ "$(name_of_folder "$folder")-home" = "$volume" ]; then # not another user's
        warn "the project was in $folder before; its container and its home volume are still there" \
          "$engine rm --force ${volume%-home}; $engine volume rm $volume"
      fi
    done || : # a volume may vanish meanwhile, or there is none
}

# start_on_port PORT: create the container and start it. Fails if the port is in use. Another error ends the script.
start_on_port() {
  container_port=$1
  local extra_port options=("${run_options[@]}" "${shell_options[@]}" "${extra_options[@]}"
    --name "$name" --workdir "$work_dir" --env "NB_UMASK=$(umask)"
    --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project_dir"
    --label "jupyter-docker.options=$(options_checksum)" --label "jupyter-docker.port=$1"
    --publish "127.0.0.1:$1:8888")
  for extra_port in "${PORTS[@]}"; do options+=(--publish "127.0.0.1:$extra_port:$extra_port"); done
  start_output=$("$engine" create "${options[@]}" "$image" 2>&1) || case $start_output in
    *'already in use'*) die 'another script has just created the container' 'run the same command again' ;;
    *) die_if_removed image "$image" && die_cannot_start ;;
  esac
  container_id=${start_output##*$'\n'} # the last line, after any warnings
  if start_container; then return; fi
  "$engine" rm --volumes "$container_id" >/dev/null
  port_is_in_use || die_cannot_start
  return 1
}

# Sets started and start_output.
start_container() {
  started=yes
  if [ "$detach" = no ]; then trap stop_jupyterlab INT TERM; fi # Ctrl-C may come before the log is shown
  start_output=$("$engine" start "$container_id" 2>&1) && return
  die_if_removed container "$container_id"
  return 1
}

# Whether the container could not be started because of its port on this machine.
port_is_in_use() {
  [[ $start_output =~ [^0-9]$container_port([^0-9]|$) && $start_output =~ 'in use'|'already allocated'|'not available' ]]
}

die_cannot_start() {
  local error
  if port_is_in_use; then die "port $container_port is in use" 'choose another DOCKERPORT, or leave it empty'; fi
  error=$(grep -im 1 ^error <<<"$start_output") || error=${start_output%%$'\n'*}
  die "cannot start the container: $error" \
    'check RUN_OPTIONS and PORTS in requirements/local.sh, and the options after --'
}
