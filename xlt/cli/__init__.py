"""The command line: one file a command that parses options, calls one step and prints."""
