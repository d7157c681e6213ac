{% set sudo = cookiecutter.passwordless_sudo == "yes" %}
{% set stacks = cookiecutter.base_image == "docker-stacks" %}
#!/bin/bash
# Create the user NB_USER with the IDs NB_UID and NB_GID, whatever users and groups the base image has.
set -euo pipefail

# If several users share an ID, the first entry applies. So add the user at the top. (useradd cannot do that.)
sed --in-place "/^$NB_USER:/d" /etc/passwd /etc/shadow /etc/group
sed --in-place "1i $NB_USER:x:$NB_UID:$NB_GID::$HOME:$SHELL" /etc/passwd
sed --in-place "1i $NB_USER:*:::::::" /etc/shadow
if ! getent group "$NB_GID" >/dev/null; then sed --in-place "1i $NB_USER:x:$NB_GID:" /etc/group; fi
{% if stacks %}
usermod --append --groups users "$NB_USER" # may install packages with conda and pip
{% endif %}
{% if sudo %}
echo "$NB_USER ALL=(ALL:ALL) NOPASSWD: ALL" >/etc/sudoers.d/nopasswd
{% endif %}

# The home folder, with the folder where the scripts mount the project.
mkdir --parents "$HOME/work"
# Without this file, Ubuntu's bash.bashrc prints an error for each group ID of the host that has no name in the container.
touch "$HOME/.hushlogin"
chown --recursive "$NB_UID:$NB_GID" "$HOME"

# `pip install` without root writes to PYTHONUSERBASE. A kernel only looks there if the folder exists when it starts.
mkdir --parents "$(python -m site --user-site)"
find "$PYTHONUSERBASE" -type d -exec chmod 1777 '{}' +
# The server writes its address and its kernels' addresses here. The scripts mount a tmpfs over it.
install --directory --mode 1777 "$JUPYTER_RUNTIME_DIR"

site_packages=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# The project and its src/ are importable from every notebook. Installed packages take precedence.
printf '%s\n' "$HOME/work" "$HOME/work/src" >"$site_packages/project.pth"
# pip marks with this file what a user asks for. Without those of the build, server-status can list the user's packages.
find "$site_packages" -path '*.dist-info/REQUESTED' -delete
# The same for Debian packages.
rm --force /var/log/apt/history.log
