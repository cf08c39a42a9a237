"""How gunicorn serves the site, here and in production (`gunicorn civic.wsgi:app` reads this file by itself)."""

import gc
from pathlib import Path

import gunicorn

gunicorn.SERVER = "civic"  # nobody needs to know what serves, nor in which version

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = 4
# What one worker takes on at once; the rest waits where the other worker can have it. A rush is shared evenly that way.
worker_connections = 64

# A request has this long; after a stop is asked for, those under way have the second.
timeout = 60
graceful_timeout = 20
keepalive = 5

# Limits of what a request line and its headers may be.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

# The site writes its own log of requests, without addresses and query strings.
accesslog = None
errorlog = "-"
loglevel = "info"

# The workers' heartbeat must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True

# The site is loaded once and shared by the workers: half the memory, half the start. It opens no connection while it loads.
preload_app = True

# Nothing that is loaded is garbage: looking for it takes a tenth of the start.
gc.disable()


def when_ready(server):
    """Leave what is loaded out of every later collection of garbage, so that workers go on sharing it."""
    gc.collect()
    gc.freeze()


def post_fork(server, worker):
    """Collect less often: pages make few cycles, and the default looks for them at every second one."""
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
