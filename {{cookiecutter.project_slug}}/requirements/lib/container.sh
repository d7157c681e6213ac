# The container of JupyterLab: how it is found, started, replaced, and created.

options_hint='check RUN_OPTIONS and PORTS in requirements/local.sh, and the options after --'

# Sets container_id, container_state, container_options (a checksum), and port; all empty if there is no container.
find_container() {
  local found
  found=$(docker container inspect --format '{% raw %}{{.Id}} {{.State.Status}} {{index .Config.Labels "jupyter-docker.options"}} {{index .Config.Labels "jupyter-docker.port"}}{% endraw %}' "$name" 2>/dev/null) || found=
  read -r container_id container_state container_options port <<<"$found"
}

# Make sure that the container runs. One with another image or other options is replaced, unless that would stop work.
ensure_container() {
  local work
  find_container
  if is_current; then
    if [ "$container_state" = running ] || start_stopped_container; then return; fi
  elif [ "$container_state" = running ]; then
    if ! work=$(docker exec "$container_id" running-work.py 2>/dev/null) && keeps_running; then
      work='unknown, because JupyterLab does not answer'
    fi
    if [ -n "$work" ]; then
      warn 'requirements/ or the options have changed. To apply the change, run requirements/run.sh, which stops:'
      say "$work"
      return
    fi
  fi
  replace_container # none yet, or an old one, or one whose port is in use now
}

# Whether the container still runs after 10 seconds. If not, another script is replacing it.
keeps_running() {
  local id=$container_id deadline=$((SECONDS + 10))
  while find_container && [ "$container_id $container_state" = "$id running" ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then return; fi
  done
  return 1
}

is_current() {
  [ "$container_options" = "$(options_checksum)" ] && [ "${DOCKERPORT:-$port}" = "$port" ] \
    && [ ${{ "{#" }}extra_options[@]} = 0 ]
}

# Fails if the port is in use now.
start_stopped_container() {
  local output
  say 'Starting JupyterLab...'
  if output=$(docker start "$container_id" 2>&1); then return; fi
  is_port_error "$output" || die "Docker cannot start the container: $output" 'requirements/run.sh replaces it'
  return 1
}

# Remove the container that find_container has found, if any, and create a new one.
replace_container() {
  check_user_options
  if [ -n "$container_id" ]; then remove_container; fi
  create_container
}

# Try the user's options before the old container is removed.
check_user_options() {
  local container network auto_remove
  if [ -z "${RUN_OPTIONS[*]-}${extra_options[*]-}" ]; then return; fi
  container=$(docker create "${run_options[@]}" ${extra_options[@]+"${extra_options[@]}"} "$image" 2>&1) \
    || die "Docker cannot create the container: ${container%%$'\n'*}" \
      "$options_hint"
  container=${container##*$'\n'}
  read -r network auto_remove < <(docker container inspect \
    --format '{% raw %}{{.HostConfig.NetworkMode}} {{.HostConfig.AutoRemove}}{% endraw %}' "$container")
  docker rm "$container" >/dev/null
  if [ "$network" = host ]; then
    die 'refusing --network host: it opens JupyterLab to your network' \
      'publish more ports with PORTS in requirements/local.sh; reach the host as host.docker.internal'
  fi
  if [ "$auto_remove" = true ]; then
    die 'refusing --rm: the next start.sh starts the same container' 'to remove it, run requirements/stop.sh --remove'
  fi
}

# Another script may remove it at the same time.
remove_container() {
  local packages old_image output
  # docker diff prints a line "A /path" for each file that was added to the image.
  packages=$(docker diff "$container_id" 2>/dev/null \
    | sed -n 's|^A .*/\([^/]*\)\.dist-info$|\1|p; s|^A /var/lib/dpkg/info/\([^:]*\).*\.list$|\1|p' | sort | tr '\n' ' ') || packages=
  if [ -n "$packages" ]; then warn "manually installed packages are removed: $packages"; fi
  old_image=$(docker container inspect --format '{% raw %}{{.Image}}{% endraw %}' "$container_id" 2>/dev/null) || return 0
  docker stop "$container_id" >/dev/null 2>&1 || : # docker rm reports what matters
  output=$(docker rm --force "$container_id" 2>&1) || case $output in
    *'in progress'* | *[Nn]'o such container'*) ;;
    *) die "Docker cannot remove the container: $output" 'run the same command again' ;;
  esac
  remove_unused_image "$old_image"
}

# Create the container and start it on the first of the project's ports that is free. Sets port.
create_container() {
  local wanted_port=
  say 'Starting JupyterLab...'
  if [ "$same_user" = no ]; then
    warn "NB_UID is $NB_UID, but your ID in the container is $container_uid: JupyterLab may be unable to save files"
  fi
  set_server_options
  while read -r port <&3; do # not standard input, which some podman commands read
    wanted_port=${wanted_port:-$port}
    if start_on_port; then
      if [ "$port" != "$wanted_port" ]; then say "Port $wanted_port is in use; using $port."; fi
      write_state "$state_dir/port" "$port"
      return
    fi
  done 3< <(list_ports)
  if [ -n "$DOCKERPORT" ]; then
    die "port $DOCKERPORT is in use" 'unset DOCKERPORT to choose a free port automatically'
  fi
  die 'no port from 8888 to 8987 is free' 'set DOCKERPORT to a free port'
}

# Print the ports to try: DOCKERPORT; or else the project's last port, then those from 8888 that no other project has.
list_ports() {
  local candidate other_ports
  if [ -n "$DOCKERPORT" ]; then echo "$DOCKERPORT" && return; fi
  read_state port
  # shellcheck disable=SC2046 # one word per ID
  other_ports=$(docker container inspect --format '{% raw %}{{index .Config.Labels "jupyter-docker.port"}}{% endraw %}' \
    $(docker ps --all --quiet --filter label=jupyter-docker.port) 2>/dev/null) || other_ports=
  for ((candidate = 8888; candidate < 8988; candidate++)); do
    case $'\n'$other_ports$'\n' in *$'\n'$candidate$'\n'*) ;; *) echo "$candidate" ;; esac
  done
}

# Create and start the container on $port. Fails if the port is in use; any other error ends the script.
start_on_port() {
  local output own_port=$port deadline=$((SECONDS + 60))
  until output=$(docker create "${run_options[@]}" "${server_options[@]}" --label "jupyter-docker.port=$port" \
    --publish "127.0.0.1:$port:8888" "$image" 2>&1); do
    if [[ $output != *'already in use'* ]] || [ "$SECONDS" -ge "$deadline" ]; then
      die "Docker cannot create the container: ${output%%$'\n'*}" "$options_hint"
    fi
    # Another start.sh has just created it, and removes it again if its port is in use. Sets port to the other's.
    find_container
    if [ -n "$container_id" ] && docker start "$container_id" >/dev/null 2>&1; then return; fi
    port=$own_port
  done
  if output=$(docker start "$name" 2>&1); then return; fi
  # Without --force: if another start.sh has started it meanwhile, it stays.
  docker rm "$name" >/dev/null 2>&1 || return 0
  is_port_error "$output" || die "Docker cannot start the container: $output" "$options_hint"
  return 1
}

# is_port_error OUTPUT: whether docker failed because $port is in use, and not one of PORTS, for example.
is_port_error() {
  [[ $1 =~ [^0-9]$port([^0-9]|$) && $1 =~ 'in use'|'already allocated'|'not available' ]]
}
