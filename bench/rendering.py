"""The site with its page cache off, to measure what rendering costs."""

from civic.app import create_app

app = create_app()
app.config["WITHOUT_PAGE_CACHE"] = True
