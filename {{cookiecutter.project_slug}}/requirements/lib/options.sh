# The options of Docker: what the user passes, and what follows from the settings.

extra_options=() # those after --; bash 3.2 treats an empty array as unset, hence ${array[@]+"${array[@]}"} below

proxy_variables='HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy' # for builds and containers

# Sets detach and extra_options from the arguments of start.sh and run.sh.
parse_start_arguments() {
  detach=no
  while [ $# -gt 0 ]; do
    case $1 in
      -d) detach=yes ;;
      -h | --help) show_help ;;
      --) shift && extra_options=("$@") && return ;;
      *) die_unknown_argument "$1" ;;
    esac
    shift
  done
}

# Sets run_options: what every container of the project needs, also that of exec.sh. RUN_OPTIONS come last, so that
# they take precedence.
set_run_options() {
  local variable group timezone
  timezone=${TZ:-$(readlink /etc/localtime)} || timezone=UTC
  run_options=(
    --mount "type=bind,$(csv_field "source=$project_dir"),target=$work_dir"
    --env "TZ=${timezone##*/zoneinfo/}"
    # A tmpfs is empty at each start, and stays private even with --ipc host.
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
  if [ "$NB_UID" = 0 ]; then run_options+=(--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER); fi
{% endif %}
  if [ "$same_user" = yes ]; then
    run_options+=(--env "JUPYTER_CONFIG_DIR=$work_dir/.jupyter/$user_uid"
      --env "JUPYTER_DATA_DIR=$work_dir/.jupyter/$user_uid/data" --env "IPYTHONDIR=$work_dir/.jupyter/$user_uid/ipython")
  fi
  if [ "$rootless" = no ]; then
    for group in $(as_user id -G); do
      if [ "$group" != 0 ]; then run_options+=(--group-add "$group"); fi
    done
    # Podman defines this name itself. Rootless Docker has no address that reaches the host.
    if [ "$is_podman" = no ]; then run_options+=(--add-host host.docker.internal:host-gateway); fi
  fi
  for variable in $proxy_variables; do
    if [ -n "${!variable-}" ]; then run_options+=(--env "$variable=${!variable}"); fi
  done
  run_options+=(${RUN_OPTIONS[@]+"${RUN_OPTIONS[@]}"})
}

# Sets server_options: what only the container of JupyterLab needs, apart from its port.
set_server_options() {
  local extra_port token_file=
  if [ "$same_user" = yes ]; then token_file=$work_dir/.jupyter/$user_uid/token; fi
  server_options=(${extra_options[@]+"${extra_options[@]}"}
    --name "$name" --workdir "$work_dir" --env "NB_UMASK=$(umask)" --label "jupyter-docker.options=$(options_checksum)"
    --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project_dir" # for docker ps --filter
    --env "JUPYTER_DOCKER_TOKEN_FILE=$token_file")
  for extra_port in ${PORTS[@]+"${PORTS[@]}"}; do server_options+=(--publish "127.0.0.1:$extra_port:$extra_port"); done
}

# A container with another checksum is replaced. Options after -- are not part of it: they last as long as the container.
options_checksum() { printf '%s\n' "$image_id" "${run_options[@]}" "${PORTS[*]-}" | cksum | cut -d ' ' -f 1; }

# csv_field FIELD: a field of --mount. Quoted only if necessary, because Podman 4.3 does not accept quotes.
csv_field() { if [[ $1 == *[,\"]* ]]; then printf '"%s"' "${1//\"/\"\"}"; else printf %s "$1"; fi; }
