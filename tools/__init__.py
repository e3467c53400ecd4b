"""Tools that make the files shipped with a release."""
