# How the image and requirements.lock are built.

lock_options=() # build.sh sets them for --upgrade and --frozen

# build_image [OPTIONS OF DOCKER BUILD]: update requirements.lock and build the image.
build_image() {
  local replaced=$image_id
  create_state
  # Build from a copy: an edit during the build takes effect in the next build.
  snapshot=$(as_user mktemp -d "$requirements_dir/.build.XXXXXX") || die_unwritable "$requirements_dir"
  trap 'rm -rf "$snapshot"' EXIT
  copy_inputs "$snapshot" || die_unwritable "$requirements_dir"
  set_build_options

  say 'Building the image (first build: about a minute)...'
  run_build "$@" || die_build_failed
  find_image

  # If the image and its inputs match the record, the lock file is up to date.
  if ! is_built_from "$snapshot"; then
    export_lock "$@" || die_build_failed
    save_lock
    write_state "$state_dir/image-$IMAGETAG" "$image_id $(inputs_checksum "$snapshot")"
  fi
  if [ "$replaced" != "$image_id" ]; then remove_unused_image "$replaced"; fi
  rm -rf "$snapshot"
}

run_build() {
  local build=(docker buildx build --load) # --load: into the engine, whatever builder is selected
  if [ "$is_podman" = yes ]; then build=(docker build); fi
  "${build[@]}" "${build_options[@]}" --tag "$image" "$@" "$snapshot/requirements" >&2
}

# Export the lock file of the image, from the build cache, to the top of the snapshot.
export_lock() {
  local build=(docker buildx build) quiet=--progress=quiet option cached_options=() exported
  if [ "$is_podman" = yes ]; then build=(docker build) quiet=--quiet; fi
  # Without the options that would make the lock file again.
  for option in "$@"; do
    case $option in --no-cache | --pull) ;; *) cached_options+=("$option") ;; esac
  done
  exported=$("${build[@]}" "${build_options[@]}" ${cached_options[@]+"${cached_options[@]}"} $quiet \
    --target lock --output "type=local,$(csv_field "dest=$snapshot")" "$snapshot/requirements") || return
  # Podman keeps the exported stage as an image, too, and prints its ID.
  if [ -n "$exported" ]; then
    docker image rm "$exported" >/dev/null 2>&1 || return 0 # another build has removed it
  fi
}

die_build_failed() {
  if [ "$is_podman" = no ] && ! docker buildx version >/dev/null 2>&1; then
    die 'Docker lacks BuildKit' 'install the package docker-buildx-plugin (Debian: docker-buildx)'
  fi
  die 'the build failed (see the messages above)' \
    'correct requirements/ and run the command again; disk full: docker builder prune; behind a proxy: set HTTPS_PROXY'
}

# copy_inputs FOLDER: copy the files that list_inputs prints, with the usual permissions, because Docker's cache
# compares them.
copy_inputs() (
  cd "$project_dir" || exit
  list_inputs | while IFS= read -r path; do
    mkdir -p "$1/$(dirname "$path")" && cp "./$path" "$1/$path" || exit
  done
  chmod -R u=rwX,go=rX "$1"/*
)

# Sets build_options.
set_build_options() {
  local variable
  # Without a lock file, resolve today's versions instead of reusing a cached step.
  if [ ! -f "$snapshot/requirements/requirements.lock" ]; then
    lock_options=(--build-arg "UPGRADE=$(date +%F)" ${lock_options[@]+"${lock_options[@]}"})
  fi
  build_options=(--build-context "project=$snapshot" ${lock_options[@]+"${lock_options[@]}"}
    --build-arg "NB_USER=$NB_USER" --build-arg "NB_UID=$NB_UID" --build-arg "NB_GID=$NB_GID"
    --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project_dir")
  if [ "$is_podman" = yes ]; then build_options+=(--build-arg "INPUTS=$(inputs_checksum "$snapshot") ${lock_options[*]-}"); fi
  if [ -n "$BASE_IMAGE" ]; then build_options+=(--build-arg "BASE_IMAGE=$BASE_IMAGE"); fi
  for variable in $proxy_variables; do
    if [ -n "${!variable-}" ]; then
      export "${variable?}" # local.sh may set it without export
      build_options+=(--build-arg "$variable")
    fi
  done

  # uv and pip take an index from different variables. A secret, because its address may hold a password.
  UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL-}}
  PIP_INDEX_URL=${PIP_INDEX_URL:-$UV_DEFAULT_INDEX}
  UV_INDEX=${UV_INDEX:-${PIP_EXTRA_INDEX_URL-}}
  package_index=
  for variable in PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL ${!UV_INDEX*} UV_EXCLUDE_NEWER; do
    if [ -n "${!variable-}" ]; then package_index+=$(printf 'export %s=%q;' "$variable" "${!variable}"); fi
  done
  if [ -n "$package_index" ]; then
    export package_index
    build_options+=(--secret "id=package-index,env=package_index")
  fi
}

# Copy the new lock file into the project. One that has changed during the build, for example by git pull, stays; the
# next start.sh then builds again.
save_lock() {
  local old=$snapshot/requirements/requirements.lock new=$snapshot/requirements.lock
  local current=$requirements_dir/requirements.lock
  if [ ! -f "$current" ] || cmp -s "$old" "$current"; then
    if ! cmp -s "$new" "$current"; then
      replace_file "$current" <"$new"
      say 'Updated requirements/requirements.lock. Commit it.'
    fi
  fi
  mv -f "$new" "$old" # the recorded checksum is that of the lock file in the image
}
