# The container engine: Docker, or Podman.

# Sets engine, is_podman, and is_rootless. Exits with an error if there is no usable engine.
find_engine() {
  local version
  engine=docker is_podman=no is_rootless=no
  if ! command -v docker >/dev/null; then engine=podman; fi
  command -v "$engine" >/dev/null || die 'Docker is not installed' "$(install_hint)"
  refuse_remote_engine
  # Not `docker info`, which takes much longer because it also asks every plugin of Docker.
  version=$("$engine" version --format '{% raw %}{{json .}}{% endraw %}' 2>&1) || die_engine_error "$version"
  case $version in
    # Without its settings, Docker finds neither its plugins nor the selected context.
    *'Error loading config file: '*'permission denied'*) die_engine_error "$version" ;;
    *'"rootlesskit"'*) is_rootless=yes ;;
    *'"Components"'*) ;; # only Docker has components
    *) is_podman=yes && check_podman ;;
  esac
}

refuse_remote_engine() {
  case $("$engine" context inspect --format '{% raw %}{{.Endpoints.docker.Host}}{% endraw %}' 2>/dev/null) in
    '' | unix://* | tcp://127.0.0.1:* | tcp://localhost:* | tcp://docker:*) ;; # docker: a service of GitLab CI
    *)
      die "Docker runs on another machine, which cannot read $project_dir" \
        'docker context use default, or unset DOCKER_HOST'
      ;;
  esac
}

# Sets is_rootless.
check_podman() {
  local version
  version=$("$engine" version --format '{% raw %}{{.Client.Version}}{% endraw %}')
  if [ "${version%%.*}" -lt 5 ]; then
    die "Podman $version is too old: its builds do not detect a change to a mounted file" \
      'install Podman 5 or newer, or Docker'
  fi
  if [ "$("$engine" info --format '{% raw %}{{.Host.Security.Rootless}}{% endraw %}')" = true ]; then is_rootless=yes; fi
  export BUILDAH_FORMAT=docker # Podman's default, the OCI format, has no health check
}

install_hint() {
  case "$(uname -s) $(grep -s '^ID' /etc/os-release)" in
    *ubuntu*) echo 'sudo apt-get install docker.io docker-buildx' ;;
    *fedora*) echo 'sudo dnf install podman' ;;
    *) echo 'install Docker Desktop or Docker Engine: https://docs.docker.com/get-started/get-docker/' ;;
  esac
}

# die_engine_error OUTPUT: the cause, and the command for this system.
die_engine_error() {
  local error=${1##*$'\n'} context
  context=$(docker context show 2>/dev/null) || context=default
  case "$engine $context $(uname -s) $1" in
    *'Error loading config file: '*'permission denied'*)
      error=${1#*Error loading config file: }
      die "Docker cannot read its settings: ${error%%$'\n'*}" "sudo chown -R $(id -un) ~/.docker"
      ;;
    podman*) die "cannot connect to Podman: $error" 'podman machine start' ;;
    *'permission denied'*)
      die 'permission denied by Docker' \
        "sudo usermod -aG docker $(id -un), then log in again (the group docker is equivalent to root)"
      ;;
    'docker rootless'*) die "cannot connect to Docker: $error" 'systemctl --user start docker' ;;
    'docker default Linux'*) die "cannot connect to Docker: $error" 'sudo systemctl start docker' ;;
    *) die "cannot connect to Docker: $error" "start Docker, or select a context other than $context: docker context ls" ;;
  esac
}
