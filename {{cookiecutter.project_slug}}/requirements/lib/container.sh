# The container: its options, and how it is created, replaced, and followed.

# Sets detach and docker_options from the arguments of start.sh and run.sh.
parse_start_arguments() {
  detach=no docker_options=()
  while [ $# -gt 0 ]; do
    case $1 in
      -d) detach=yes ;;
      -h | --help) show_help ;;
      --) shift && docker_options=("$@") && return ;;
      *) die_unknown_argument "$1" ;;
    esac
    shift
  done
}

# Sets options: what start.sh and exec.sh pass to docker. The user's own options come later, so they take precedence.
set_container_options() {
  local variable group timezone work=/home/$NB_USER/work
  timezone=${TZ:-$(readlink /etc/localtime)} || timezone=UTC
  options=(
    --mount "type=bind,$(csv_field "source=$project_dir"),target=$work"
    --env "TZ=${timezone##*/zoneinfo/}"
    --env "NB_UMASK=$(umask)"
    # Empty at each start.
    --env JUPYTER_RUNTIME_DIR=/run/jupyter --tmpfs /run/jupyter:mode=1777
    # PyTorch needs more than the default of 64 MB.
    --shm-size 2g
    # Otherwise SELinux hides the project.
    --security-opt label=disable
{% if cookiecutter.passwordless_sudo == "no" %}
    --security-opt no-new-privileges --cap-drop ALL
{% endif %}
  )
{% if cookiecutter.passwordless_sudo == "no" %}
  # Root must be able to write to the user's files.
  if [ "$NB_UID" = 0 ]; then options+=(--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER); fi
{% endif %}
  if [ "$owns_project" = yes ]; then
    options+=(--env "JUPYTER_CONFIG_DIR=$work/.jupyter/$user_uid" --env "JUPYTER_DATA_DIR=$work/.jupyter/$user_uid/data"
      --env "IPYTHONDIR=$work/.jupyter/$user_uid/ipython")
  fi
  if [ "$rootless" = no ]; then
    for group in $(as_user id -G); do
      if [ "$group" != 0 ]; then options+=(--group-add "$group"); fi
    done
    # On Linux, Docker does not know this name by itself. (Rootless Docker cannot reach the host; Podman knows it.)
    if [ "$is_podman" = no ]; then options+=(--add-host host.docker.internal:host-gateway); fi
  fi
  for variable in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
    if [ -n "${!variable-}" ]; then options+=(--env "$variable=${!variable}"); fi
  done
  options+=(${RUN_OPTIONS[@]+"${RUN_OPTIONS[@]}"} ${docker_options[@]+"${docker_options[@]}"})
}

# csv_field FIELD: a field of --mount. Quoted only if necessary, because Podman 4.3 does not accept quotes.
csv_field() { if [[ $1 == *[,\"]* ]]; then printf '"%s"' "${1//\"/\"\"}"; else printf %s "$1"; fi; }

# Sets container_id, container_state, container_options (a checksum), and port; all empty if there is no container.
find_container() {
  local found
  found=$(docker container inspect --format '{% raw %}{{.Id}} {{.State.Status}} {{index .Config.Labels "jupyter-docker.options"}} {{index .Config.Labels "jupyter-docker.port"}}{% endraw %}' "$name" 2>/dev/null) || found=
  read -r container_id container_state container_options port <<<"$found"
}

# Start the container, or create it. One with another image or other options is replaced, unless it would stop work.
ensure_container() {
  local wanted_options current=no work
  set_container_options
  find_container
  wanted_options=$(options_checksum)
  if [ "$container_options" = "$wanted_options" ] && [ "${DOCKERPORT:-$port}" = "$port" ]; then current=yes; fi

  case $container_state,current=$current in
    running,current=yes) return ;;
    running,current=no)
      work=$(docker exec "$container_id" running-work.py) || work='unknown, because JupyterLab does not answer'
      if [ -n "$work" ]; then
        warn 'requirements/ or the options have changed. To apply the change, run requirements/run.sh. It stops:'
        say "$work"
        return
      fi
      ;;
    *,current=yes)
      say 'Starting JupyterLab...'
      if docker start "$container_id" >/dev/null 2>&1; then return; fi # fails if its port is in use now
      ;;
  esac
  remove_container
  create_container
}

options_checksum() { printf '%s\n' "$image_id" "${options[@]}" | cksum | cut -d ' ' -f 1; }

# Remove the container, if there is one.
remove_container() {
  local packages old_image
  if [ -z "$container_id" ]; then return; fi
  packages=$(docker diff "$container_id" \
    | sed -n 's|^A .*/\([^/]*\)\.dist-info$|\1|p; s|^A /var/lib/dpkg/info/\([^:]*\).*\.list$|\1|p' | sort | tr '\n' ' ')
  if [ -n "$packages" ]; then warn "manually installed packages are removed: $packages"; fi
  old_image=$(docker container inspect --format '{% raw %}{{.Image}}{% endraw %}' "$container_id")
  docker stop "$container_id" >/dev/null
  docker rm "$container_id" >/dev/null
  remove_unused_image "$old_image"
}

# Create the container and start it on the first of the project's ports that is free.
create_container() {
  local wanted_port= work=/home/$NB_USER/work
  say 'Starting JupyterLab...'
  create_state_dir
  fixed_options=(--name "$name" --workdir "$work" --label "jupyter-docker.options=$(options_checksum)"
    --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project_dir")
  if [ "$owns_project" = yes ]; then
    create_token
    fixed_options+=(--env "JUPYTER_DOCKER_TOKEN_FILE=$work/.jupyter/$user_uid/token")
  else
    warn "the user ID in the container is $NB_UID, but yours is $user_uid: JupyterLab may be unable to save files"
  fi
  for port in ${PORTS[@]+"${PORTS[@]}"}; do fixed_options+=(--publish "127.0.0.1:$port:$port"); done

  while read -r port; do
    wanted_port=${wanted_port:-$port}
    if start_on_port; then
      if [ "$port" != "$wanted_port" ]; then say "Port $wanted_port is in use; using $port."; fi
      write_state "$state_dir/port" "$port"
      return
    fi
  done < <(list_ports)
  if [ -n "$DOCKERPORT" ]; then
    die "port $DOCKERPORT is in use" 'unset DOCKERPORT to choose a free port automatically'
  fi
  die 'no port from 8888 to 8987 is free' 'set DOCKERPORT to a free port'
}

# Create and start the container on $port. Fails if the port is in use; any other error ends the script.
start_on_port() {
  local output
  if ! output=$(docker create "${options[@]}" "${fixed_options[@]}" --label "jupyter-docker.port=$port" \
    --publish "127.0.0.1:$port:8888" "$image" 2>&1); then
    if [[ $output == *'already in use'* ]]; then
      find_container && docker start "$container_id" >/dev/null && return # another start.sh has just created it
    fi
    die "Docker cannot create the container: ${output%%$'\n'*}" 'check RUN_OPTIONS in requirements/local.sh and the options after --'
  fi
  refuse_host_network
  if output=$(docker start "$name" 2>&1); then return; fi
  docker rm --force "$name" >/dev/null
  is_port_error "$output" || die "Docker cannot start the container: $output"
  return 1
}

# Print the ports to try: DOCKERPORT; or else the project's last port, then those from 8888 that no other project has.
list_ports() {
  local candidate other_ports
  if [ -n "$DOCKERPORT" ]; then echo "$DOCKERPORT" && return; fi
  read_state port
  other_ports=$(docker ps --all --quiet --filter label=jupyter-docker.port \
    | xargs docker container inspect --format '{% raw %}{{index .Config.Labels "jupyter-docker.port"}}{% endraw %}' 2>/dev/null) || other_ports=
  for ((candidate = 8888; candidate < 8988; candidate++)); do
    case $'\n'$other_ports$'\n' in *$'\n'$candidate$'\n'*) ;; *) echo "$candidate" ;; esac
  done
}

# is_port_error OUTPUT: whether docker failed because our own port is in use.
is_port_error() {
  [[ $1 =~ [^0-9]$port([^0-9]|$) && $1 =~ 'in use'|'already allocated'|'not available' ]]
}

refuse_host_network() {
  if [ "$(docker container inspect --format '{% raw %}{{.HostConfig.NetworkMode}}{% endraw %}' "$name")" = host ]; then
    docker rm "$name" >/dev/null
    die 'refusing --network host: it opens JupyterLab to your network' \
      'publish more ports with PORTS in requirements/local.sh; reach the host as host.docker.internal'
  fi
}

# Sets token.
wait_until_ready() {
  local server
  server=$(docker exec "$name" bash -c 'cat "$(is-ready.sh 60)"') || {
    docker logs --tail 20 "$name" >&2
    die 'JupyterLab did not start (see the log above)'
  }
  token=$(sed -n 's/.*"token": "\([^"]*\)".*/\1/p' <<<"$server")
}

print_link() { echo "JupyterLab: http://127.0.0.1:$port/lab?token=$token"; }

# Show the server's log until Ctrl-C, which stops the server. A closed terminal leaves it running.
follow_log() {
  say 'Press Ctrl-C to stop.'
  docker logs --follow --tail 0 "$name" &
  follower=$!
  trap stop_following INT TERM
  trap 'kill $follower; exit 129' HUP
  wait $follower
}

stop_following() {
  trap '' INT TERM
  kill "$follower" 2>/dev/null || : # first, because a kernel that is stopped during a cell logs a traceback
  docker stop "$name" >/dev/null
  exit
}
