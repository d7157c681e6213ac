#!/usr/bin/env bash
# Check that the project works for a teammate: clone the last commit into a temporary folder, build its image from
# the lock file, and run its notebooks there, each in a fresh kernel. The options in local.sh do not apply.
#
# Usage: requirements/check.sh [OPTIONS] [NOTEBOOK...] [-- DOCKER RUN OPTIONS]
#   --timeout SECONDS   fail if a cell takes longer
#   --skip PATTERN      leave out notebooks, for example --skip 'drafts/*'
#   --outputs           warn about outputs that differ from the committed ones, except images and times
#   --junit FILE        also write the results to FILE, for CI
#
# Examples:
#   requirements/check.sh
#   requirements/check.sh notebooks/first.ipynb -- --mount type=bind,source=/data,target=/data
. "$(dirname "$(readlink -f "$0")")/lib/common.sh"

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
prepare
set_commit
clone_commit
write_options "$@"
build_clone
run_notebooks
