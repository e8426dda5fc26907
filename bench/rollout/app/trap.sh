#!/bin/bash
trap 'kill -TERM "$server"; wait "$server"' TERM
node server.mjs &
server=$!
wait "$server"
