# The steps of check.sh.

# absolute_path PATH: an error if its folder does not exist.
absolute_path() {
  local folder
  folder=$(cd "$(dirname "$1")" 2>/dev/null && pwd -P) || die "cannot find $1" 'correct the path'
  echo "$folder/$(basename "$1")"
}

# Sets commit. Warns about changes that are not part of it.
set_commit() {
  local changes
  commit=$(git -C "$project_dir" rev-parse --short HEAD 2>/dev/null) \
    || die 'the project has no Git commit to check' 'git init && git add --all && git commit'
  changes=$(git -C "$project_dir" status --porcelain -- .)
  if [ -n "$changes" ]; then
    warn "these changes are not committed, so they are not checked:
$changes" 'commit them'
  fi
}

# Sets temporary_folder, and clone: the project's folder in a clone of the last commit. Both are removed at the end.
clone_commit() {
  local repository
  repository=$(git -C "$project_dir" rev-parse --show-toplevel)
  say "Checking commit $commit in a clean clone..."
  temporary_folder=$(mktemp -d)
  trap remove_clone EXIT
  trap 'exit 130' INT TERM
  clone=$temporary_folder/$(basename "$repository")
  git clone --quiet --recurse-submodules "$repository" "$clone"
  clone=$clone/$(git -C "$project_dir" rev-parse --show-prefix)
  clone=${clone%/}
  if [ ! -f "$clone/requirements/exec.sh" ]; then die "commit $commit has no requirements/" 'git add requirements'; fi
}

# write_options OPTION...: the options of docker run, where the scripts of the clone read them.
write_options() {
  {
    printf 'RUN_OPTIONS=(--mount %q' "type=bind,\"source=${project_dir//\"/\"\"}\",target=/mnt/working-copy,readonly"
    if [ $# -gt 0 ]; then printf ' %q' "$@"; fi
    echo ')'
  } >"$clone/requirements/local.sh"
}

build_clone() {
  if ! bash "$clone/requirements/build.sh" --frozen >"$temporary_folder/build.log" 2>&1; then
    cat "$temporary_folder/build.log" >&2
    exit 1
  fi
}

run_notebooks() {
  local status=0 installed=
  inspect_container
  if [ "$container_status" = running ]; then
    installed=$("$engine" exec "$name" server-status installed) || installed=
  fi
  cd "$clone" || exit
  bash requirements/exec.sh env "MANUALLY_INSTALLED=$installed" check-notebooks "${runner_options[@]}" \
    --junit .check-junit.xml "${notebooks[@]#"$project_dir/"}" || status=$?
  if [ -n "$junit_file" ]; then cp .check-junit.xml "$junit_file"; fi
  exit "$status"
}

remove_clone() {
  if [ -f "$clone/requirements/stop.sh" ]; then
    bash "$clone/requirements/stop.sh" --remove >"$temporary_folder/stop.log" 2>&1 || cat "$temporary_folder/stop.log" >&2
  fi
  rm -rf "$temporary_folder"
}
