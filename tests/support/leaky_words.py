"""What must not be found in a log."""

PLANTED = "Planted-Person"
PASSWORD = "planted-password-1"
