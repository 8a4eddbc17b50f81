"""Many processes that ask for a port at the same moment, with the real portpicker, and bind it as any program does.

Prints a line of JSON for each process, {"pid", "port", "bound"}, when all have theirs; holds the ports until stdin ends.
"""

import json
import os
import socket
import sys

import portpicker


def bind(port: int) -> list[socket.socket]:
    """Both protocols, on all addresses, without any option; the sockets are open until they are collected."""
    sockets = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        bound = socket.socket(socket.AF_INET, kind)
        sockets.append(bound)
        bound.bind(("", port))
    sockets[0].listen()
    return sockets


def ask(start: int, end: int, answers: int) -> None:
    """In a process of its own: `start` and `end` are pipes that end when it is time."""
    os.read(start, 1)
    port = portpicker.get_port_from_port_server(os.environ["PORTSERVER_ADDRESS"])
    bound = ""
    sockets: list[socket.socket] = []
    if port is not None:
        try:
            sockets = bind(port)
        except OSError as error:
            bound = str(error)
    answer = {"pid": os.getpid(), "port": port, "bound": bound}
    # One write of less than PIPE_BUF bytes is never mixed with another one.
    os.write(answers, (json.dumps(answer) + "\n").encode())
    os.read(end, 1)
    for each in sockets:
        each.close()


def main() -> None:
    count = int(sys.argv[1])
    start_read, start_write = os.pipe()
    end_read, end_write = os.pipe()
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os.close(start_write)
            os.close(end_write)
            ask(start_read, end_read, sys.stdout.fileno())
            os._exit(0)
        children.append(child)
    os.close(start_write)
    sys.stdin.read()
    os.close(end_write)
    for child in children:
        os.waitpid(child, 0)


main()
