"""Each command line of the bash blocks in the documents: the test that runs it, or why no test does."""

GENERATION = "test_generation_commands.py::"
CRUFT = "test_cruft_commands.py::"
PROJECT = "test_project_commands.py::"
RECIPES = "test_recipes.py::"
DEVELOPMENT = "test_development.py::"

COMMANDS: dict[str, str] = {
    # Generate a project
    "cookiecutter gh:ORG/jupyter-docker": f"{GENERATION}test_quick_start_generates_a_project",
    "cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements": (
        f"{GENERATION}test_existing_project_gets_requirements_and_nothing_else"
    ),
    'git mv requirements requirements-old && git commit -m "Rename requirements/"': (
        f"{GENERATION}test_manual_setup_is_migrated"
    ),
    "cookiecutter -f gh:ORG/jupyter-docker project_slug=. layout=requirements nb_user=me": (
        f"{GENERATION}test_manual_setup_is_migrated"
    ),
    "cp requirements-old/pip-requirements.txt requirements/pip-requirements.txt": (
        f"{GENERATION}test_manual_setup_is_migrated"
    ),
    "git rm -r requirements-old": f"{GENERATION}test_manual_setup_is_migrated",
    # Update a project
    "uvx cruft update -y": f"{CRUFT}test_cruft_updates_and_checks_as_typed",
    "uvx cruft check": f"{CRUFT}test_cruft_updates_and_checks_as_typed",
    "git diff HEAD": f"{CRUFT}test_cruft_updates_and_checks_as_typed",
    "git grep -n '^<<<<<<<'": f"{CRUFT}test_cruft_updates_and_checks_as_typed",
    "git ls-files --others '*.rej'": f"{CRUFT}test_cruft_updates_and_checks_as_typed",
    'uvx cruft update -y --variables-to-update \'{"base_image": "miniforge"}\'': (
        f"{CRUFT}test_cruft_changes_an_answer"
    ),
    # Use a project
    "cd my-project": f"{GENERATION}test_quick_start_generates_a_project",
    "requirements/start.sh": f"{PROJECT}test_start_prints_the_link",
    "requirements/stop.sh": f"{PROJECT}test_stop_and_start",
    "requirements/run.sh": f"{PROJECT}test_run_replaces_the_container",
    "requirements/run.sh -- --env OMP_NUM_THREADS=4": f"{PROJECT}test_option_reaches_the_container",
    "DOCKERPORT=9123 requirements/start.sh": f"{PROJECT}test_port_is_chosen",
    "requirements/exec.sh": f"{PROJECT}test_exec_starts_a_shell",
    "requirements/exec.sh python --version": f"{PROJECT}test_exec_runs_a_command",
    "requirements/exec.sh pytest": f"{PROJECT}test_exec_runs_pytest",
    "requirements/exec.sh jupyter execute notebooks/first.ipynb": f"{PROJECT}test_exec_executes_the_first_notebook",
    "cat data.csv | requirements/exec.sh python clean.py > clean.csv": f"{PROJECT}test_exec_is_part_of_a_pipeline",
    "requirements/build.sh -- --label team=data": f"{PROJECT}test_build_takes_options_of_docker",
    "requirements/build.sh --upgrade": f"{PROJECT}test_lock_file_is_upgraded_and_then_frozen",
    "requirements/build.sh --frozen": f"{PROJECT}test_lock_file_is_upgraded_and_then_frozen",
    'UV_EXCLUDE_NEWER="7 days" requirements/build.sh --upgrade': f"{PROJECT}test_cool_down_limits_an_upgrade",
    "docker build requirements": f"{PROJECT}test_plain_build_works",
    "requirements/build.sh -- --pull --no-cache": (
        "not run: needs a registry; tests/scripts passes other options to docker build"
    ),
    "UV_DEFAULT_INDEX=https://user:password@pypi.example.com/simple requirements/build.sh": (
        "not run: example.com has no index; tests/packages serves one with a password"
    ),
    "BASE_IMAGE=quay.io/jupyter/scipy-notebook:python-3.13 requirements/build.sh": (
        "not run: a second large base image; tests/packages sets BASE_IMAGE"
    ),
    "uvx pip-audit --disable-pip --require-hashes --requirement requirements/requirements.lock": (
        "not run: needs the public database of vulnerabilities, and its result changes daily"
    ),
    # Platforms
    "ssh -L 8888:127.0.0.1:8888 me@server": "not run: needs a second machine",
    (
        "docker save --output ../image.tar $(docker image ls --filter dangling=false"
        " --filter \"label=jupyter-docker.folder=$(pwd -P)\" --format '{{.Repository}}:{{.Tag}}')"
    ): f"{RECIPES}test_image_moves_to_a_machine_without_a_network",
    "docker load --input ../image.tar": f"{RECIPES}test_image_moves_to_a_machine_without_a_network",
    # Recipes
    'git config user.name "$(git config user.name)"': f"{RECIPES}test_git_in_the_container_knows_the_user",
    'git config user.email "$(git config user.email)"': f"{RECIPES}test_git_in_the_container_knows_the_user",
    "requirements/exec.sh ssh-add -l": f"{RECIPES}test_ssh_agent_answers_in_the_container",
    "(umask 077 && mkdir -p ~/.config && touch ~/.config/my-project.env)": (
        f"{RECIPES}test_passwords_come_from_a_file_outside_the_project"
    ),
    "requirements/exec.sh nvidia-smi": "not run: needs an NVIDIA GPU",
    "requirements/stop.sh --remove": f"{RECIPES}test_uninstalling_leaves_only_the_users_files",
    "rm -r requirements .jupyter .cruft.json": f"{RECIPES}test_uninstalling_leaves_only_the_users_files",
    "docker builder prune": "not run: removes the cache of other builds",
    "rm -rf ~/.cookiecutters/jupyter-docker": "not run: no command of the project",
    # Develop the template
    ".venv/bin/python benchmarks/run.py --quick": "not run: takes 20 minutes; tests/benchmarks runs its parts",
    (
        "python3 -m venv .venv && .venv/bin/pip install --quiet cookiecutter==2.7.1"
        " && .venv/bin/cookiecutter . --no-input && my-project/requirements/start.sh"
    ): f"{DEVELOPMENT}test_first_command_starts_jupyterlab",
    (
        "python3 -m venv .venv && .venv/bin/pip install --quiet --requirement requirements-dev.txt && .venv/bin/pytest"
    ): f"{DEVELOPMENT}test_second_command_collects_the_tests",
    "python3 -m venv .venv && .venv/bin/pip install --quiet --requirement requirements-dev.txt": (
        "not run: the beginning of the second development command"
    ),
    ".venv/bin/pre-commit install": "not run: changes the hooks of this repository",
    'git tag --annotate v0.1.0 --message "Version 0.1.0"': "not run: releases a version",
    "git push origin main v0.1.0": "not run: releases a version",
}
