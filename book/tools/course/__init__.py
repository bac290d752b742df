"""The course: answers that can be checked, and what is handed out."""
