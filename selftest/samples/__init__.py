"""Small crafted runs from which the tests of the reports are made."""
