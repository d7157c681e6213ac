# shellcheck shell=bash
export BASE_IMAGE=docker.io/library/python:3.11-slim
