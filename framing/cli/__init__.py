"""The command line: one command per arrow of the data path."""
