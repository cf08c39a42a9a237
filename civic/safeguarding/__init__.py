"""Who may conduct young people: what an organisation declares of each adult's certificate, and how many adults it takes."""
