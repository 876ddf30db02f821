"""The one exception a user is meant to see."""


class FramingError(Exception):
    """Something the user can mend.

    The message is one line that says what was expected, what was found, where (file, line, id), and what to
    do. The command line prints it after ``error:`` and exits with status 2.
    """
