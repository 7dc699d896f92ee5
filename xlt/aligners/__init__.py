"""Word aligners: tokens or vectors in, links out."""
