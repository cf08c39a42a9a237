"""A mail server that takes everything and keeps nothing, in a process of its own: `python -m bench.sink PORT`."""

import sys
import threading

from aiosmtpd.controller import Controller


class Discard:
    """Answers yes to every message."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        """Take the message."""
        return "250 OK"


if __name__ == "__main__":
    Controller(Discard(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    threading.Event().wait()
