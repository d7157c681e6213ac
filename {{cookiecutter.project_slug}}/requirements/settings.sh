# shellcheck shell=bash disable=SC2034
# The answers given when this project was made. Edit a line, then run start.sh.
# A variable of the same name in the environment goes before.

# The user inside.
NB_USER=${NB_USER:-{{ cookiecutter.nb_user }}}

# Its ids: `host` means those of whoever builds.
NB_UID=${NB_UID:-{{ cookiecutter.nb_uid }}}

NB_GID=${NB_GID:-{{ cookiecutter.nb_gid }}}

# Instead of the Dockerfile's base image: a mirror, a digest, another stack.
BASE_IMAGE=${BASE_IMAGE:-}

# The tag of the image.
IMAGETAG=${IMAGETAG:-latest}

# The port on this machine: empty means the first free one from 8888 on.
DOCKERPORT=${DOCKERPORT:-}

# For this machine alone, make a file local.sh beside this one: RUN_OPTIONS=(--memory 8g --gpus all)
