{% set conda = "conda-requirements.txt" in cookiecutter._flavors[cookiecutter.base_image].extra_files %}
# Settings for this project. Edit the value after :- in a line, then run start.sh.
# Environment variables of the same name take precedence. For settings on one machine only, create local.sh
# (see below).

# The user name in the container.
NB_USER=${NB_USER:-{{ cookiecutter.nb_user }}}

# The user ID in the container: a number, or `host` for your own. The files in the home volume belong to this ID.
NB_UID=${NB_UID:-{{ cookiecutter.nb_uid }}}

# The group ID in the container: a number, or `host` for your own.
NB_GID=${NB_GID:-{{ cookiecutter.nb_gid }}}

# Another base image, based on Debian or Ubuntu and with python{{ ", pip, and mamba" if conda else " and pip" }}. Empty:
# the one in the Dockerfile. Set it here and not in local.sh, because requirements.lock contains its digest.
BASE_IMAGE=${BASE_IMAGE:-}

# Install Debian packages as of a date, such as 20261101T000000Z (needs Debian 13 or Ubuntu 24.04). Empty: the newest.
DEBIAN_SNAPSHOT=${DEBIAN_SNAPSHOT:-}

# The tag of the image to build and start.
IMAGETAG=${IMAGETAG:-latest}

# The port on 127.0.0.1. Empty: the project's last port, or the first free one from 8888.
DOCKERPORT=${DOCKERPORT:-}

# local.sh, next to this file, is read first, and Git ignores it. For example:
#   RUN_OPTIONS=(--memory 8g --gpus all)   # docker run options, also for exec.sh (so no --restart)
#   PORTS=(6006)                           # more ports to publish on 127.0.0.1
#   DOCKERPORT=${DOCKERPORT:-9123}         # without :- the environment would not take precedence
