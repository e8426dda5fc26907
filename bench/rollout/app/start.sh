#!/bin/bash
node server.mjs &
wait
