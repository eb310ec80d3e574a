"""Shared parts of scripts/gen-corpus and scripts/bench."""
