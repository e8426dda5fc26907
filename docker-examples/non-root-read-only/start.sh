#!/bin/sh
node /app/web.mjs &
node /app/worker.mjs &
wait
