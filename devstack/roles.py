"""What the forked processes run: sandbox, web, worker, beat, watcher."""

import socket
from typing import Any

from gunicorn.app.base import BaseApplication

_WEB_WORKERS = 2
_WEB_THREADS = 4


class _Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn on a socket that is already open: nobody can take the port in between."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": _WEB_WORKERS,
            "threads": _WEB_THREADS,
            "worker_class": "gthread",
            "preload_app": True,
            "control_socket_disable": True,
            "graceful_timeout": 1,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from config.wsgi import application  # noqa: PLC0415 - Django is set up by now, not when this module is read

        return application


def sandbox(listener: socket.socket) -> None:
    """Serve a small Cal.com that knows the companies whose account it is, until told to stop."""
    from django.db import connections  # noqa: PLC0415 - see _Web.load

    from calcom.mirror import mirrored_world  # noqa: PLC0415
    from calcom.sandbox import page  # noqa: PLC0415
    from calcom.sandbox.app import Sandbox  # noqa: PLC0415
    from calcom.sandbox.server import serve  # noqa: PLC0415

    world = mirrored_world()
    connections.close_all()
    page.install()
    serve(Sandbox(world), listener=listener)


def web(listener: socket.socket) -> None:
    """Serve HTTP until told to stop."""
    _Web(listener).run()


def worker() -> None:
    """Run tasks until told to stop."""
    from config.celery import app  # noqa: PLC0415 - see _Web.load

    # Alone on its queue, it need not look for other workers: that saves a second.
    app.worker_main(["worker", "--concurrency=2", "--without-mingle", "--without-gossip", "--loglevel=INFO"])


def beat() -> None:
    """Send the periodic tasks until told to stop."""
    from config.celery import app  # noqa: PLC0415 - see _Web.load

    app.start(["beat", "--loglevel=INFO"])


def watcher() -> None:
    """Look whether all is well, and tell, until told to stop."""
    from django.core.management import call_command  # noqa: PLC0415 - see _Web.load

    call_command("watch")
