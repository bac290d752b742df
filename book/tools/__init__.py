"""What ``make`` runs: the build and the course."""
