# Settings of this project. Edit a line, then run start.sh.
# Environment variables of the same name take precedence.

# The user name in the container.
NB_USER=${NB_USER:-{{ cookiecutter.nb_user }}}

# The user ID in the container: a number, or `host` for the ID of the user who runs build.sh.
NB_UID=${NB_UID:-{{ cookiecutter.nb_uid }}}

# The group ID in the container, likewise.
NB_GID=${NB_GID:-{{ cookiecutter.nb_gid }}}

# Another base image (Debian or Ubuntu with Python and pip), such as a mirror or a digest. Empty: the Dockerfile's.
BASE_IMAGE=${BASE_IMAGE:-}

# The tag of the image, for example to keep an older image.
IMAGETAG=${IMAGETAG:-latest}

# The port on 127.0.0.1. Empty: the project's last port, or the first free one from 8888.
DOCKERPORT=${DOCKERPORT:-}

# For this machine only, create local.sh next to this file. It is read last, for example with:
#   RUN_OPTIONS=(--memory 8g --gpus all)   # options of docker run
#   PORTS=(6006)                           # more ports to publish on 127.0.0.1
