"""Speed, shown as ratios: each step against its bound and against what a user would run instead."""
