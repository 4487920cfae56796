"""The one exception of this package. Called by everything in `sigap.runtime`; shown by the CLI."""


class MachineFault(Exception):
    """The machine cannot do what was asked; the text says what is wrong and what to do about it.

    Always a complete sentence for the person at the keyboard: the CLI prints it, no traceback.
    """
