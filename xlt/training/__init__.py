"""The one training loop, and the terms of a loss that it adds up."""
