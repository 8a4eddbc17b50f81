"""Python's own http.server on the socket that socket activation passes as descriptor 3.

Answers each request with its process id. Ends as Python does on a signal: by SIGTERM, or with a KeyboardInterrupt.
"""

import os
import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> int:
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return 3
    server = HTTPServer(("", 0), Answer, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=3)
    print(f"serving pid {os.getpid()} port {os.environ['PORT']}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
