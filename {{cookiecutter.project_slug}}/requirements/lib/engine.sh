# The container engine: Docker, or Podman.

# Sets engine (docker or podman), is_podman, and rootless (yes or no). Ends with one error if there is no usable engine.
connect_to_engine() {
  engine=docker is_podman=no rootless=no
  if ! command -v docker >/dev/null; then
    command -v podman >/dev/null \
      || die 'Docker is not installed' 'see https://docs.docker.com/get-started/get-docker/'
    docker() { podman "$@"; }
    engine=podman # for exec and for a background process, which cannot use this function
  fi
  refuse_remote_engine

  local info
  info=$(docker info --format '{% raw %}{{json .}}{% endraw %}' 2>&1) || die_engine_error "$info"
  case $info in *'"ServerErrors":["'*) die_engine_error "$info" ;; esac # Docker 20.10 succeeds all the same
  case $info in *buildahVersion*) is_podman=yes ;; esac
  case $info in *name=rootless* | *'"rootless":true'* | *'"rootless": true'*) rootless=yes ;; esac
  case $info in
    *name=userns*) die 'this Docker daemon remaps user IDs (userns-remap), so it cannot write to your project' \
      'use rootless Docker or Podman' ;;
  esac
  export BUILDAH_FORMAT=docker # Podman's default, the OCI format, has no health check
}

refuse_remote_engine() {
  case $(docker context inspect --format '{% raw %}{{.Endpoints.docker.Host}}{% endraw %}' 2>/dev/null) in
    '' | unix://* | npipe://* | tcp://127.0.0.1:* | tcp://localhost:*) ;;
    *) die "Docker runs on another machine, which cannot read $project_dir" \
      'docker context use default, or unset DOCKER_HOST' ;;
  esac
}

die_engine_error() {
  case $1 in
    *'permission denied'*) die 'permission denied by Docker' \
      "sudo usermod -aG docker $(id -un), then log in again (the group docker is equivalent to root)" ;;
    *) die "cannot connect to Docker: ${1##*$'\n'}" 'start Docker Desktop, or run: sudo systemctl start docker' ;;
  esac
}
