"""Counts its visitors in PostgreSQL. On SIGTERM it accepts no more, finishes the requests that it has, and ends."""

import http.server
import signal
import threading
import time

import psycopg2


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(2)
        with psycopg2.connect("") as connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO visits DEFAULT VALUES")
            cursor.execute("SELECT count(*) FROM visits")
            (count,) = cursor.fetchone()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"visitor {count}\n".encode())

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    # server_close() then waits for the requests.
    daemon_threads = False


server = Server(("", 8080), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("web: ready")
server.serve_forever()
server.server_close()
print("web: finished")
