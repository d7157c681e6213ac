# What the scripts and JupyterLab keep in the project's folder .jupyter/: token, port, settings, history.

# Create the state folder of this user, if it is not there. Nothing that exists is changed, and no link is followed.
create_state_dir() {
  local root=$project_dir/.jupyter
  if [ -L "$root" ] || [ -L "$state_dir" ]; then
    die "$root contains a symbolic link, which is not followed" "remove the link: $(find "$root" -maxdepth 1 -type l | head -n 1)"
  fi
  if [ ! -d "$root" ]; then
    as_user mkdir -p "$root" || die "cannot write to $project_dir" 'check the permissions of the folder'
    # In a folder that a group shares, every member needs a state folder.
    if [ -n "$(find "$project_dir" -maxdepth 0 -perm -g+w)" ]; then as_user chmod g+w,+t "$root"; fi
  fi
  if [ ! -e "$root/.gitignore" ]; then echo '*' | replace_file "$root/.gitignore"; fi
  if [ ! -d "$state_dir" ]; then as_user mkdir -m 700 "$state_dir" || die "cannot write to $root" 'check the permissions of the folder'; fi
}

# write_state FILE TEXT: replace a file of the state folder in one step; only the user can read it.
write_state() { (umask 077 && printf '%s\n' "$2" | replace_file "$1"); }

# replace_file FILE: replace a file by standard input in one step. noclobber follows no link.
replace_file() {
  as_user bash -c 'rm -f "$1.new" && set -o noclobber && cat >"$1.new" && mv -f "$1.new" "$1"' - "$1"
}

# read_state FILE: print a file of the state folder, or nothing.
read_state() { if [ -f "$state_dir/$1" ] && [ ! -L "$state_dir/$1" ]; then as_user cat "$state_dir/$1"; fi; }

create_token() {
  if [ -z "$(read_state token)" ]; then
    write_state "$state_dir/token" "$(LC_ALL=C tr -dc 'a-f0-9' </dev/urandom | head -c 48)"
  fi
}
