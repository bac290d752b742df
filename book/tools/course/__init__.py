"""The course: answers that can be checked, panels of one's own and their marks."""
