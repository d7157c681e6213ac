# The options of the containers: from the command line, the settings, and the user's shell.

proxy_variables='HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy' # for builds and containers

# Sets detach and extra_options from the arguments of start.sh and run.sh.
parse_start_arguments() {
  detach=no extra_options=()
  while [ $# -gt 0 ]; do
    case $1 in
      -d) detach=yes ;;
      -h | --help) show_help ;;
      --) shift && extra_options=("$@") && break ;;
      *) die_unknown_argument "$1" ;;
    esac
    shift
  done
}

# Sets run_options: the options of every container of the project. If they change, start.sh replaces the container.
set_run_options() {
  run_options=(
    --mount "type=volume,source=$name-home,target=/home/$NB_USER"
    # Quoted, because the path may contain a comma.
    --mount "type=bind,\"source=${project_dir//\"/\"\"}\",target=$work_dir"
    --pull never # the image is only on this machine
    # Tells the image that it runs on the user's own machine, in a separate network.
    --env JUPYTER_DOCKER_LOCAL=1
    # Connection files of the server and its kernels. Empty at each start.
    --tmpfs /run/jupyter:mode=1777
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
  # Podman defines this name itself. Rootless Docker has no address that reaches the host.
  if [ "$is_podman" = no ] && [ "$is_rootless" = no ]; then run_options+=(--add-host host.docker.internal:host-gateway); fi
  run_options+=("${RUN_OPTIONS[@]}")
  refuse_host_network
}

refuse_host_network() {
  if [[ " ${RUN_OPTIONS[*]} ${extra_options[*]} " =~ \ --net(work)?[=\ ](name=)?host\  ]]; then
    die 'refusing --network host: it opens JupyterLab to your network' \
      'publish more ports with PORTS in requirements/local.sh; reach the host as host.docker.internal'
  fi
}

# Sets shell_options: what depends on the user's shell. A change to these does not replace the container.
set_shell_options() {
  local variable group timezone
  timezone=${TZ#:}
  case $timezone in
    '' | /etc/localtime) timezone=$(readlink /etc/localtime || cat /etc/timezone 2>/dev/null) || timezone=UTC ;;
  esac
  shell_options=(--env "TZ=${timezone##*/zoneinfo/}")
  for variable in $proxy_variables; do
    if [ -n "${!variable}" ]; then shell_options+=(--env "$variable=${!variable}"); fi
  done
  if [ "$is_rootless" = yes ]; then return; fi
  # The user's groups, for files that are shared with a group. Group 0 would make the files of root writable.
  for group in $(id -G); do
    if [ "$group" != 0 ]; then shell_options+=(--group-add "$group"); fi
  done
}
