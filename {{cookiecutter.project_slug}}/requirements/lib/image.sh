# The image: what it is built from, and whether it is current.

lock_file=$requirements_dir/requirements.lock

# The functions up to path_in_project run in the project's folder, and print paths relative to it.

# Print the files that the image is built from, apart from the lock file.
list_inputs() {
  local path link
  link=$(find requirements -name '.?*' -prune -o -type l ! -name '*.sh' -print) || die_unreadable
  if [ -n "$link" ]; then
    die "symbolic links do not work in requirements/: ${link%%$'\n'*}" \
      'replace it with a copy of the file; to use a list elsewhere, write -r ../FILE in pip-requirements.txt'
  fi
  for path in requirements/*; do
    case $path in
      requirements/*.sh | requirements/lib | requirements/requirements.lock) ;;
      *) find "$path" -type f ! -path '*/.*' || die_unreadable ;;
    esac
  done
  list_project_files
}

# Print the files outside requirements/ that its lists refer to, relative to the project's folder.
list_project_files() { list_references | sed 's|^\./||; /^requirements\//d' | sort -u; }

# Print pip-requirements.txt and the files that it includes, directly or not. For `-e ..` or `.`, also print the files
# that say which packages a Python project requires. In the build, image/scripts/project_lists.py reads these files.
list_references() {
  local lists=(requirements/pip-requirements.txt) i reference path
  if [ ! -f "${lists[0]}" ]; then die "${lists[0]} is missing" 'restore it from Git, or create an empty file'; fi
  for ((i = 0; i < {% raw %}${#lists[@]}{% endraw %}; i++)); do # the loop appends to lists
    while read -r reference; do
      path=$(path_in_project "$(dirname "${lists[i]}")/$reference") || exit
      case " ${lists[*]} " in *" $path "*) ;; *) lists+=("$path") ;; esac
    done < <(included_by "${lists[i]}")
  done
  printf '%s\n' "${lists[@]}"
  if grep -qE '^[[:blank:]]*((-e|--editable)[[:blank:]=]*)?[.]' "${lists[@]}"; then
    # The project may also contain folders that the user cannot read, for example of a database.
    find . -maxdepth 4 \( -name '.?*' -o -name node_modules \) -prune \
      -o \( -name pyproject.toml -o -name uv.lock \) -print 2>/dev/null || :
  fi
}

# included_by LIST: print the paths after -r and -c. The last line of a list may lack a newline.
included_by() {
  local option='-r|--requirement|-c|--constraint'
  { tr -d '\r' <"$1" && echo; } | sed -nE "s/^[[:blank:]]*($option)[[:blank:]=]*([^[:blank:]#]+).*/\2/p"
}

# path_in_project PATH: print it relative to the project's folder. An error if it is not below that folder.
path_in_project() {
  local path
  path=$(cd "$(dirname "$1")" 2>/dev/null && pwd -P)/$(basename "$1")
  case $path in
    "$project_dir"/*) if [ -f "$path" ]; then echo "${path#"$project_dir"/}" && return; fi ;;
  esac
  die "a list refers to a file that is not in the project: $1" 'copy it into the project, or correct the list'
}

checksum_of_inputs() (
  cd "$project_dir" || exit
  {
    echo "$NB_USER $NB_UID $NB_GID $BASE_IMAGE $DEBIAN_SNAPSHOT"
    list_inputs | LC_ALL=C sort | tr '\n' '\0' | { xargs -0 cksum || die_unreadable; }
  } | checksum
)

die_unreadable() {
  die 'cannot read a file that the image is built from (see above)' 'check its owner and permissions with ls -l'
}

checksum_of_lock() { if [ -f "$lock_file" ]; then checksum <"$lock_file"; else echo none; fi; }

# Sets image_id and image_tags, both of them empty if there is no image.
inspect_image() {
  read -r image_id image_tags \
    < <("$engine" image inspect --format '{% raw %}{{.Id}} {{range .RepoTags}}{{.}} {{end}}{% endraw %}' "$image" 2>/dev/null) || :
}

# record_of_build INPUTS LOCK|new: print the tag that records which files, by their checksums, IMAGETAG was built from.
record_of_build() { echo "built-$IMAGETAG-$1-$2"; }

# image_has_tag TAG: whether the image also has the tag NAME:TAG.
image_has_tag() { [[ "$image_tags " == *"$name:$1 "* ]]; }

# Whether the image was built from the current files.
image_is_current() {
  local inputs
  inputs=$(checksum_of_inputs) || exit
  inspect_image
  image_has_tag "$(record_of_build "$inputs" "$(checksum_of_lock)")"
}

# die_if_removed image|container NAME: exit with an error if it no longer exists.
die_if_removed() {
  "$engine" "$1" inspect "$2" >/dev/null 2>&1 \
    || die "another script has just removed the $1" 'run the same command again'
}

ensure_image() { if ! image_is_current; then build_image; fi; }

# Remove the images that a build has replaced. One that a container uses stays until the container is replaced.
remove_old_images() {
  local record
  inspect_image
  for record in $("$engine" image ls --filter "reference=$name:built-$IMAGETAG-*" --format '{% raw %}{{.Tag}}{% endraw %}'); do
    if [[ $record =~ ^built-$IMAGETAG-[0-9]+-([0-9]+|new)$ ]] && ! image_has_tag "$record"; then
      "$engine" image rm "$name:$record" >/dev/null 2>&1 || :
    fi
  done
  # Fails while another script prunes. Then the next one removes them.
  "$engine" image prune --force --filter "label=jupyter-docker.project=$name" >/dev/null 2>&1 || :
}
