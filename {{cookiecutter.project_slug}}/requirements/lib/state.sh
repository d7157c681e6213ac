# What the scripts and JupyterLab keep in the project's folder .jupyter/: token, port, settings, history.

refuse_links() {
  local path
  for path in "$project_dir/.jupyter" "$state_dir"; do
    if [ -L "$path" ]; then die "refusing to follow the symbolic link $path" 'remove it'; fi
  done
}

# Create the user's state folder and the token. What exists stays as it is.
create_state() {
  local root=$project_dir/.jupyter group
  if [ ! -d "$root" ]; then
    as_user mkdir -p "$root" || die_unwritable "$project_dir"
    # In a folder that a group shares, every member needs a state folder.
    if [ -n "$(find "$project_dir" -maxdepth 0 -perm -g+w)" ]; then
      read -r _ _ _ group _ < <(ls -dn "$project_dir")
      # A user who is not in this group keeps the folder.
      if as_user chgrp "$group" "$root" 2>/dev/null; then as_user chmod g+w,+t "$root"; fi
    fi
  fi
  if [ ! -e "$root/.gitignore" ]; then echo '*' | replace_file "$root/.gitignore"; fi
  if [ ! -d "$state_dir" ]; then as_user mkdir -p -m 700 "$state_dir" || die_unwritable "$root"; fi
  if [ -z "$(read_state token)" ]; then
    write_state "$state_dir/token" "$(LC_ALL=C tr -dc 'a-f0-9' </dev/urandom | head -c 48)"
  fi
}

die_unwritable() { die "cannot write to $1" 'check the owner and the permissions of the folder'; }

# write_state FILE TEXT: replace a file of the state folder. Only the user can read it.
write_state() { (umask 077 && printf '%s\n' "$2" | replace_file "$1"); }

# replace_file FILE: atomically replace a file with standard input. With noclobber, bash does not write through a link.
replace_file() {
  as_user bash -c '
    new=$1.new.$$ # a name of its own, because two builds may save the lock file at the same time
    rm -f "$new" && set -o noclobber && cat >"$new" && mv -f "$new" "$1" || { rm -f "$new"; exit 1; }' - "$1"
}

# read_state FILE: print a file of the state folder, or nothing.
read_state() { if [ -f "$state_dir/$1" ] && [ ! -L "$state_dir/$1" ]; then as_user cat "$state_dir/$1"; fi; }
