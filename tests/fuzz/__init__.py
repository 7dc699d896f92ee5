"""Sound inputs of every kind, damaged in a thousand ways: each ends with 0, or with 2 and one line, in little memory.

``python -m tests.fuzz --inputs 2000 --seed 1`` makes a run of one's own; ``test_fuzz.py`` holds a small one.
"""
