"""Cache mounts: other Dockerfiles on the same engine cannot write into ours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from support.baked import BakedProject
from support.template import FLAVORS


@pytest.mark.parametrize("base_image", FLAVORS)
def test_every_cache_mount_has_an_id_of_this_template(
    baked: Callable[..., BakedProject], base_image: str
) -> None:
    dockerfile = baked(base_image=base_image).text("requirements/Dockerfile")
    mounts = re.findall(r"--mount=type=cache,(\S+)", dockerfile)
    assert mounts
    assert [mount for mount in mounts if not mount.startswith("id=jupyter-docker-")] == []
