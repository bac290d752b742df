"""What ``make`` runs: the build, the course, a region's book, and the road from a yearbook."""
