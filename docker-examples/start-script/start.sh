#!/bin/bash
# Two servers in one container, started the way most people start them.
cd "$(dirname "$0")" || exit 1

gunicorn --bind "${HOST:-0.0.0.0}:${API_PORT:-8001}" --workers 2 --chdir api api:app &
node web.mjs &

wait
