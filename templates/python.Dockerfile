{% extends "base.Dockerfile" %}
