"""The Celery edge: ids and plain values in, a state guard first, safe to run twice."""
