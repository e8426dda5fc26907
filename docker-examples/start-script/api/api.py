"""A WSGI program for gunicorn: /slow takes two seconds, everything else is at once."""

import time


def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(2)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"api: done\n"]
