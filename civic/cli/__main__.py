"""`python -m civic.cli ...`."""

from civic.cli.main import main

main()
