"""How vectors of translations lie to each other: arrays in, numbers out."""
