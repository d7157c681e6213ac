# The image: what it is built from, whether it is up to date, and its removal.

# Print the files that a build reads, relative to the current folder, which is the project's or a copy of it.
list_inputs() {
  local path
  for path in *requirements*.txt *constraints*.txt requirements/requirements.lock requirements/Dockerfile \
    requirements/{apt,{{ "conda," if "conda-requirements.txt" in cookiecutter._flavors[cookiecutter.base_image].extra_files }}pip}-requirements.txt requirements/image/* requirements/certs/* requirements/wheels/*; do
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

# is_built_from FOLDER: whether build.sh built the image from the files in FOLDER, as the state folder says.
is_built_from() { [ -n "$image_id" ] && [ "$(read_state "image-$IMAGETAG")" = "$image_id $(inputs_checksum "$1")" ]; }

# Build the image if it is missing or if the inputs have changed.
ensure_image() {
  find_image
  if ! is_built_from "$project_dir"; then build_image; fi
}

# remove_unused_image ID: remove an image that a build has replaced, unless a tag, a container, or another image uses it.
remove_unused_image() {
  if [ "$(docker image inspect --format '{% raw %}{{len .RepoTags}}{% endraw %}' "$1" 2>/dev/null)" = 0 ]; then
    docker image rm "$1" >/dev/null 2>&1 || return 0 # still in use
  fi
}

# Remove the tags that build.sh made. Docker keeps the layers that another tag or another image uses.
remove_tagged_images() {
  local record tag id
  for record in "$state_dir"/image-*; do
    tag=$name:${record##*/image-}
    id=$(docker image inspect --format '{% raw %}{{.Id}}{% endraw %}' "$tag" 2>/dev/null) || id=
    if [ -n "$id" ] && [ "$id" = "$(cut -d ' ' -f 1 "$record")" ]; then
      if docker image rm "$tag" >/dev/null; then as_user rm -f "$record"; else warn "the image $tag is still in use"; fi
    fi
  done
}
