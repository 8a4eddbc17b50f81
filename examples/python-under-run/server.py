"""An HTTP server that listens where `portlease run` says, with the standard library only.

On Linux it takes the listening socket that it was given (systemd's socket activation,
https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html); without one it binds the number in PORT.
"""

import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST_PASSED_DESCRIPTOR = 3


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"hello from Python\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def make_server() -> ThreadingHTTPServer:
    # The variables may be meant for another process: one above this one.
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return ThreadingHTTPServer(("", int(os.environ["PORT"])), Hello)
    server = ThreadingHTTPServer(("", 0), Hello, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=FIRST_PASSED_DESCRIPTOR)
    return server


if __name__ == "__main__":
    with make_server() as server:
        print(f"Python serves on port {os.environ['PORT']}", flush=True)
        server.serve_forever()
