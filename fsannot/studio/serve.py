"""The server of the studio: one address on this machine, printed and opened in the browser where there is one."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator

import uvicorn

from fsannot.data.errors import InputError
from fsannot.studio.door import Door, new_token
from fsannot.studio.office import Office
from fsannot.studio.routes import application

log = logging.getLogger(__name__)
HOST = "127.0.0.1"


def serve(office: Office, *, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Serve a session until the process is interrupted.

    Args:
        office: where the session is used; closed at the end.
        port: to listen on; 0 = any free one.
        open_browser: whether to open the page where a browser has a screen.
        say: gets the address, once it answers.

    Raises:
        InputError: the port is taken.
    """
    listening = listen(port)
    port = listening.getsockname()[1]
    token = new_token()
    address = f"http://{HOST}:{port}/{token}/"
    app = Door(application(office), token=token, hosts=[f"{HOST}:{port}", f"localhost:{port}"])
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", ws="none", server_header=False
        )
    )
    say(address)
    if open_browser and has_screen():
        # in a thread, and never waited for: some systems start the browser slowly
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    finally:
        office.close()


@contextlib.contextmanager
def serving(office: Office) -> Iterator[str]:
    """Serve a session in a thread as long as the context lasts.

    Args:
        office: where the session is used; it stays open.

    Yields:
        the address.
    """
    listening, token = listen(0), new_token()
    host = f"{HOST}:{listening.getsockname()[1]}"
    app = Door(application(office), token=token, hosts=[host])
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", ws="none", server_header=False
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}/{token}/"
    finally:
        server.should_exit = True
        thread.join()


def listen(port: int) -> socket.socket:
    """A socket that listens on this machine only.

    Args:
        port: 0 = any free one.

    Returns:
        the socket.

    Raises:
        InputError: the port is taken, or may not be used.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise InputError(
            f"port={port}: {error.strerror}; choose another one, or port=0 for any free one"
        ) from error
    listening.listen()
    return listening


def has_screen() -> bool:
    """Whether a browser could show a window; without one, some systems start a browser in the terminal and wait."""
    return sys.platform in {"darwin", "win32"} or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
