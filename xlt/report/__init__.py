"""Tables and figures from tidy rows."""
