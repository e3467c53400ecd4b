"""The one exception that stands for a user's mistake or a condition the user can mend."""


class UserError(Exception):
    """A problem to tell in one or two plain sentences that end with the way out.

    The command line prints the message without a traceback and exits with status 2. Anything else that
    escapes is unforeseen: status 1.
    """
