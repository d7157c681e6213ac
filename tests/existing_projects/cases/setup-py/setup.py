from setuptools import setup

setup(name="old", version="1.0", install_requires=["six"])
