#!/usr/bin/env bash
# Check that the project works for a teammate: clone the last commit into a temporary folder, build its image from
# the lock file, and run its notebooks there, each in a fresh kernel. The options in local.sh do not apply. The clone is
# in $TMPDIR, which Docker must be able to read.
#
# Usage: requirements/check.sh [OPTIONS] [NOTEBOOK...] [-- DOCKER RUN OPTIONS]
#   --timeout SECONDS   fail if a cell takes longer
#   --skip PATTERN      leave out notebooks, for example --skip 'drafts/*'
#   --outputs           warn about outputs that differ from committed ones, except images and times
#   --junit FILE        also write the results to FILE, for CI
#
# Examples:
#   requirements/check.sh
#   requirements/check.sh notebooks/first.ipynb -- --mount type=bind,source=/data,target=/data
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

# absolute_path PATH: an error if its folder does not exist.
absolute_path() {
  local folder
  folder=$(cd "$(dirname "$1")" 2>/dev/null && pwd -P) || die "cannot find $1" 'correct the path'
  echo "$folder/$(basename "$1")"
}

runner_options=() notebooks=() junit_file=
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) show_help ;;
    --outputs) runner_options+=(--outputs) ;;
    --timeout | --skip | --junit)
      if [ -z "$2" ]; then die "$1 needs a value" "see requirements/check.sh --help"; fi
      if [ "$1" = --junit ]; then junit_file=$(absolute_path "$2"); else runner_options+=("$1" "$2"); fi
      shift
      ;;
    --) shift && break ;;
    -*) die_unknown_argument "$1" ;;
    *) notebooks+=("$(absolute_path "$1")") ;;
  esac
  shift
done

warn_about_changes() {
  local changes
  changes=$(git -C "$project_dir" status --porcelain -- .)
  if [ -n "$changes" ]; then
    warn "these changes are not committed, so they are not checked:
$changes" 'commit them'
  fi
}

clone_commit() {
  local origin
  # The address of a submodule may be relative to that of the original.
  origin=$(git -C "$repository" remote get-url origin 2>/dev/null) || origin=$repository
  git clone --quiet --origin origin "$repository" "$clone"
  git -C "$clone" remote set-url origin "$origin"
  git -C "$clone" submodule --quiet update --init --recursive
  if [ ! -f "$cloned_project/requirements/exec.sh" ]; then
    die "commit $commit has no requirements/" 'git add requirements'
  fi
}

# write_options OPTION...: the options of docker run, where the scripts of the clone read them.
write_options() {
  local installed
  installed=$("$engine" exec "$name" server-status installed 2>/dev/null) || installed= # the server does not run
  set -- --mount "type=bind,\"source=${project_dir//\"/\"\"}\",target=/mnt/working-copy,readonly" \
    --env "MANUALLY_INSTALLED=$installed" "$@"
  echo "RUN_OPTIONS=($(printf '%q ' "$@"))" >"$cloned_project/requirements/local.sh"
}

build_clone() {
  if ! bash "$cloned_project/requirements/build.sh" --frozen >"$temporary_folder/log" 2>&1; then
    cat "$temporary_folder/log" >&2
    exit 1
  fi
}

run_notebooks() {
  local status=0
  cd "$cloned_project" || exit
  if [ -n "$junit_file" ]; then runner_options+=(--junit .check-junit.xml); fi
  bash requirements/exec.sh check-notebooks "${runner_options[@]}" \
    "${notebooks[@]#"$project_dir/"}" || status=$?
  if [ -f .check-junit.xml ]; then cp .check-junit.xml "$junit_file"; fi
  return "$status"
}

remove_clone() {
  if [ -f "$cloned_project/requirements/stop.sh" ]; then
    bash "$cloned_project/requirements/stop.sh" --remove >"$temporary_folder/log" 2>&1 || cat "$temporary_folder/log" >&2
  fi
  rm -rf "$temporary_folder"
}

prepare
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE # set in a Git hook, where they would also apply to the clone
commit=$(git -C "$project_dir" rev-parse --short HEAD) \
  || die 'the project has no Git commit to check (see above)' 'git init && git add --all && git commit'
warn_about_changes
say "Checking commit $commit in a clean clone..."
repository=$(git -C "$project_dir" rev-parse --show-toplevel)
temporary_folder=$(mktemp -d)
clone=$temporary_folder/$(basename "$repository")
cloned_project=$clone/$(git -C "$project_dir" rev-parse --show-prefix)
trap remove_clone EXIT
trap 'exit 130' INT TERM
clone_commit
write_options "$@"
build_clone
run_notebooks
