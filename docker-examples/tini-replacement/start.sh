#!/bin/bash
# Two workers, which need a second to finish what they are doing.
/app/worker one &
/app/worker two &
wait
