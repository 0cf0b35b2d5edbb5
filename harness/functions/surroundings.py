"""Where a measurement is asked for: in a notebook, in IPython in a terminal, or elsewhere."""

import sys
from typing import Any


def is_notebook() -> bool:
    """Whether what is displayed is shown by a front end, as in Jupyter."""
    shell = _ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None


def is_ipython_in_a_terminal() -> bool:
    """Whether what is displayed is shown as plain text."""
    shell = _ipython()
    return shell is not None and getattr(shell, "kernel", None) is None


def _ipython() -> Any:  # noqa: ANN401 - IPython need not be installed
    """Return the shell of IPython that runs this process; None without one."""
    ipython = sys.modules.get("IPython")  # not imported here: then nobody runs it
    return ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
