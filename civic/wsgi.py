"""What the web server serves."""

from civic.app import create_app

app = create_app()
