#!/bin/bash
./web &
./worker &
wait
