"""The tape: recording operations, and the readers of the record."""
