{% set sudo = cookiecutter.passwordless_sudo == "yes" %}
{% set stacks = cookiecutter.base_image == "docker-stacks" %}
#!/bin/bash
# Create the user NB_USER with the IDs NB_UID and NB_GID, whatever users and groups the base image has.
set -euo pipefail

# If several users share an ID, the first entry wins. So add ours at the top.
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

# The scripts mount a tmpfs here, for the files of the running server.
install --directory --mode 1777 /run/jupyter

# The home folder with the folder of `pip install --user`: a kernel finds the new package only if this folder existed when the kernel started.
mkdir --parents "$(python -m site --user-site)"
# Without this file, Ubuntu's bash.bashrc prints an error for each group ID of the host without a name in the container.
touch "$HOME/.hushlogin"
chown --recursive "$NB_UID:$NB_GID" "$HOME"

# The project and its src/ are importable from every notebook. Installed packages take precedence.
printf '%s\n' "$HOME/work" "$HOME/work/src" >"$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
