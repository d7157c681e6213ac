# How the image and requirements.lock are built: the build updates the lock file, installs from it, and leaves it in the
# image. It is copied from there into the project. A tag of the image then records which files it was built from, so that
# start.sh can compare them (image_is_current in image.sh).

lock_mode=update # or upgrade, or frozen: options of build.sh
index_variables='PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_EXCLUDE_NEWER'

# build_image [OPTIONS OF DOCKER BUILD]: update requirements.lock and build the image.
build_image() {
  local inputs old_lock new_lock built
  # Take the checksums before the build, so that an edit made meanwhile leads to another build.
  inputs=$(checksum_of_inputs)
  old_lock=$(checksum_of_lock)
  built=$name:$(record_of_build "$inputs" new) # another script may build IMAGETAG from other files at the same time
  say 'Building the image (the first build takes about a minute)...'
  pin_base_image
  trap 'exit 130' INT # Ctrl-C is not a failed build
  run_build --tag "$built" "$@" || die_build_failed
  trap - INT
  inspect_image
  if image_has_tag "$(record_of_build "$inputs" "$old_lock")"; then return; fi # the same image as before, with the same lock
  new_lock=$(lock_in_image "$built") || die 'cannot read the lock file in the image' 'run the same command again'
  # A lock file that has changed since, for example by git pull, is not overwritten. The next start.sh builds again.
  if [ "$(checksum_of_lock)" = "$old_lock" ]; then save_lock "$new_lock"; fi
  "$engine" tag "$built" "$name:$(record_of_build "$inputs" "$(printf '%s\n' "$new_lock" | checksum)")" \
    || die 'another script has just removed the image' 'run the same command again'
  remove_old_images
}

# lock_in_image IMAGE: print the lock file in the image. grep fails if there is no output.
lock_in_image() {
  # The command waits for input, because Docker may lose the output of one that ends before the client is attached.
  "$engine" run --rm --interactive --pull never --network none --entrypoint sh "$1" \
    -c 'read -r line; cat /usr/local/share/requirements.lock' <<<'' | grep -a ''
}

# Sets base_image: the one in the settings or the Dockerfile, with its digest. The lock file keeps the digest.
pin_base_image() {
  local pinned=''
  base_image=${BASE_IMAGE:-$(sed -n 's/^ARG BASE_IMAGE=//p' "$requirements_dir/Dockerfile")}
  case $base_image in *@*) return ;; esac # pinned in the settings
  if [ -f "$lock_file" ]; then pinned=$(sed -n '1s/^# base image: //p' "$lock_file"); fi
  if needs_new_digest "$pinned"; then
    # Only after a pull, because Podman also has digests that no registry knows.
    if "$engine" pull "$base_image" >&2; then
      pinned=$(base_image_with_digest)
    else
      say "Cannot pull $base_image (see above). If it is on this machine, the build uses it. requirements.lock gets no new digest."
    fi
  fi
  case $pinned in "$base_image"@*) base_image=$pinned ;; esac
}

# needs_new_digest PINNED: whether to ask the registry: with --upgrade, without a lock file, and if it pins another image.
# A lock file that pins none was made where no registry could be reached, so do not ask again at each build.
needs_new_digest() {
  [ "$lock_mode" = upgrade ] || [ ! -f "$lock_file" ] || [[ -n $1 && $1 != "$base_image"@* ]]
}

# Print the base image with its digest in its own registry. Another registry may have another digest for the same image.
base_image_with_digest() {
  local repository=$base_image
  case ${base_image##*/} in *:*) repository=${base_image%:*} ;; esac
  repository=${repository#docker.io/} repository=${repository#library/}
  # The last one: Podman first lists the digest for this machine's architecture, and then that for all of them.
  "$engine" image inspect --format '{% raw %}{{range .RepoDigests}}{{println .}}{{end}}{% endraw %}' "$base_image" \
    | sed -nE "s#^(docker\.io/)?(library/)?$repository@#$base_image@#p" | tail -n 1
}

# run_build [OPTIONS OF DOCKER BUILD]: in a subshell, so that the temporary folder is removed at its end.
run_build() (
  temporary=$(mktemp -d) || exit
  trap 'rm -rf "$temporary"' EXIT
  copy_project_files "$temporary/files" || exit
  if [ "$is_podman" = yes ]; then
    build=("$engine" build)
    context=$requirements_dir
  else
    build=(docker buildx build --load) # --load: into the engine, whatever builder is selected
    # BuildKit takes a file for unchanged if the last context of the same name had one of the same size and time.
    context=$temporary/$name
    ln -s "$requirements_dir" "$context" || exit
  fi
  set_build_options
  # The address of a package index may contain a password, so it is a secret of the build.
  package_index=$(print_index_settings)
  export package_index
  "${build[@]}" "${build_options[@]}" --build-context "project=$temporary/files" \
    --secret id=package-index,env=package_index "$@" "$context" >&2
)

# copy_project_files FOLDER: with new times (-m), for the same reason as the context's name in run_build.
copy_project_files() {
  mkdir "$1" && (cd "$project_dir" && list_project_files | tar -chf - -T -) | tar -xmf - -C "$1"
}

# Sets build_options.
set_build_options() {
  local variable
  build_options=(--tag "$image"
    --label "jupyter-docker.project=$name" --label "jupyter-docker.folder=$project_dir"
    --build-arg "BASE_IMAGE=$base_image" --build-arg "DEBIAN_SNAPSHOT=$DEBIAN_SNAPSHOT"
    --build-arg "NB_USER=$NB_USER" --build-arg "NB_UID=$NB_UID" --build-arg "NB_GID=$NB_GID")
  # A new value of UPGRADE, so that Docker runs the step. Without a lock file, resolve once a day.
  case $lock_mode in
    upgrade) build_options+=(--build-arg "UPGRADE=$(date +%s)") ;;
    frozen) build_options+=(--build-arg FROZEN=yes) ;;
    update) if [ ! -f "$lock_file" ]; then build_options+=(--build-arg "UPGRADE=$(date +%F)"); fi ;;
  esac
  for variable in $proxy_variables; do
    if [ -n "${!variable}" ]; then build_options+=(--build-arg "$variable=${!variable}"); fi
  done
}

# Print the index variables as bash commands. The build uses both pip and uv, which read different variables.
print_index_settings() {
  local variable
  UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}
  # uv also accepts NAME=URL.
  PIP_INDEX_URL=${PIP_INDEX_URL:-$(printf '%s\n' "$UV_DEFAULT_INDEX" | sed 's/^[[:alnum:]_.-]*=//')}
  UV_INDEX=${UV_INDEX:-$PIP_EXTRA_INDEX_URL}
  for variable in $index_variables ${!UV_INDEX*}; do # also UV_INDEX_STRATEGY, and the passwords of named indexes
    if [ -n "${!variable}" ]; then printf 'export %s=%q\n' "$variable" "${!variable}"; fi
  done
}

die_build_failed() {
  local output
  if [ "$is_podman" = no ]; then
    output=$(docker buildx version 2>&1) || die "the Docker Buildx plugin does not work: ${output%%$'\n'*}" \
      'install the package docker-buildx-plugin (Debian and Ubuntu: docker-buildx)'
  fi
  die 'the build failed (see the messages above)' 'fix the error in requirements/, then run the same command again'
}

# save_lock TEXT: replace requirements.lock, if it differs. The temporary file has a random name, because another script
# may build at the same time. It is hidden, so that it does not count as an input of the image.
save_lock() {
  local new_file=$requirements_dir/.requirements.lock.$RANDOM$RANDOM
  if [ "$(checksum_of_lock)" = "$(printf '%s\n' "$1" | checksum)" ]; then return; fi
  if ! { printf '%s\n' "$1" >"$new_file" && mv -f "$new_file" "$lock_file"; }; then
    rm -f "$new_file"
    die "cannot write $lock_file" "check the owner of the folder: ls -ld $requirements_dir"
  fi
  say 'Updated requirements/requirements.lock. Commit it.'
}
