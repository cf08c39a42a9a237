"""The queues of the broker, by name: who sends, who works and who watches all know them."""

QUEUES = ("critical", "mail", "bulk", "periodic", "maintenance")
