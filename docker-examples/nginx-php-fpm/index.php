<?php
if (strtok($_SERVER['REQUEST_URI'], '?') === '/slow') sleep(2);
echo "hello\n";
