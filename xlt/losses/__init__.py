"""What realignment makes small: vectors in, a number out."""
