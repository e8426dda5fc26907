#!/usr/bin/env node
// The command of the npm package. With a native binary for this machine it becomes that, by execve(2): the same process,
// and nothing of Node stays behind. Elsewhere, and where DRAINIT_HOST=node asks for it, Node is the host.
'use strict';

require('../dist/launch.cjs').launch();
