# The image: what it is built from, whether it is up to date, and how it is built.

# Print the files that a build reads, relative to the project's folder, which is the current one.
list_inputs() {
  local path
  for path in *requirements*.txt requirements/Dockerfile requirements/*requirements.txt requirements/requirements.lock \
    requirements/image/* requirements/certs/* requirements/wheels/*; do
    if [ -f "$path" ]; then printf '%s\n' "$path"; fi
  done
}

# inputs_checksum FOLDER: one number for those files in FOLDER and for the settings of the build.
inputs_checksum() {
  (cd "$1" && {
    echo "$NB_USER $NB_UID $NB_GID $BASE_IMAGE"
    list_inputs | tr '\n' '\0' | xargs -0 cksum
  }) | cksum | cut -d ' ' -f 1
}

# Sets image_id to the ID of the image, or to nothing.
find_image() { image_id=$(docker image inspect --format '{% raw %}{{.Id}}{% endraw %}' "$image" 2>/dev/null) || image_id=; }

# Build the image if it is missing or if the inputs have changed since build.sh built it.
ensure_image() {
  find_image
  if [ -z "$image_id" ] || [ "$(read_state "image-$IMAGETAG")" != "$image_id $(inputs_checksum "$project_dir")" ]; then
    build_image
  fi
}

# build_image [DOCKER BUILD OPTIONS]: update requirements.lock and build the image.
# build.sh sets lock_options for --upgrade and --frozen.
lock_options=()
build_image() {
  local build=(docker buildx build) load=--load replaced=$image_id options
  if [ "$is_podman" = yes ]; then
    build=(docker build) load=
  elif ! docker buildx version >/dev/null 2>&1; then
    die 'Docker lacks BuildKit' 'install the package docker-buildx-plugin (Debian: docker-buildx)'
  fi
  create_state_dir

  # Build from a copy, so that a file edited meanwhile is part of the next build as a whole.
  snapshot=$(as_user mktemp -d "$requirements_dir/.build.XXXXXX") \
    || die "cannot write to $requirements_dir" 'check the permissions of the folder'
  trap 'rm -rf "$snapshot"' EXIT
  copy_inputs "$snapshot"

  set_build_options
  say 'Building the image (first build: about a minute)...'
  (cd "$snapshot/requirements" \
    && "${build[@]}" $load "${options[@]}" --tag "$image" "$@" . >&2 \
    && "${build[@]}" "${options[@]}" --target lock --output type=local,dest=. --quiet "$@" . >/dev/null) \
    || die 'the build failed (see the messages above)' \
      'correct requirements/ and run the command again; disk full: docker builder prune; behind a proxy: set HTTPS_PROXY'

  find_image
  save_lock "$snapshot"
  write_state "$state_dir/image-$IMAGETAG" "$image_id $(inputs_checksum "$snapshot")"
  if [ "$replaced" != "$image_id" ]; then remove_unused_image "$replaced"; fi
  rm -rf "$snapshot"
}

# copy_inputs FOLDER
copy_inputs() {
  (cd "$project_dir" && list_inputs) | while IFS= read -r path; do
    mkdir -p "$1/$(dirname "$path")"
    cp "$project_dir/$path" "$1/$path"
  done
}

# Sets options, which both builds share.
set_build_options() {
  local variable
  options=(--build-context project=.. ${lock_options[@]+"${lock_options[@]}"}
    --build-arg "NB_USER=$NB_USER" --build-arg "NB_UID=$NB_UID" --build-arg "NB_GID=$NB_GID"
    --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project_dir")
  if [ -n "$BASE_IMAGE" ]; then options+=(--build-arg "BASE_IMAGE=$BASE_IMAGE"); fi
  for variable in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
    if [ -n "${!variable-}" ]; then options+=(--build-arg "$variable"); fi
  done

  # A secret, because the address of an index may hold a password.
  : "${UV_DEFAULT_INDEX:=${PIP_INDEX_URL-}}" "${PIP_INDEX_URL:=$UV_DEFAULT_INDEX}" "${UV_INDEX:=${PIP_EXTRA_INDEX_URL-}}"
  package_index=
  for variable in PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL ${!UV_INDEX*} UV_EXCLUDE_NEWER; do
    if [ -n "${!variable-}" ]; then package_index+=$(printf 'export %s=%q;' "$variable" "${!variable}"); fi
  done
  if [ -n "$package_index" ]; then
    export package_index
    options+=(--secret "id=package-index,env=package_index")
  fi
}

# save_lock SNAPSHOT: copy the lock file of the build into the project, if it has changed.
save_lock() {
  local lock=$requirements_dir/requirements.lock
  if cmp -s "$1/requirements/requirements.lock" "$lock"; then return; fi
  replace_file "$lock" <"$1/requirements/requirements.lock"
  say 'Updated requirements/requirements.lock. Commit it.'
}

# remove_unused_image ID: remove an image that a build has replaced, unless a tag, a container, or another image uses it.
remove_unused_image() {
  if [ "$(docker image inspect --format '{% raw %}{{len .RepoTags}}{% endraw %}' "$1" 2>/dev/null)" = 0 ]; then
    docker image rm "$1" >/dev/null 2>&1 || return 0 # still in use
  fi
}

# Remove the tags that build.sh made. Docker keeps an image that another tag, a container, or another image uses.
remove_tagged_images() {
  local record tag
  for record in "$state_dir"/image-*; do
    tag=$name:${record##*/image-}
    if [ -f "$record" ] && [ "$(docker image inspect --format '{% raw %}{{.Id}}{% endraw %}' "$tag" 2>/dev/null)" = "$(cut -d ' ' -f 1 "$record")" ]; then
      docker image rm "$tag" >/dev/null
      as_user rm "$record"
    fi
  done
}
