"""What makes the files that a release carries."""
