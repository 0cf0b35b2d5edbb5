"""``python -m harness`` is the command ``harness``, for where no folder of scripts is on the path."""

from harness.cli.app import main

if __name__ == "__main__":  # a process that Python's multiprocessing starts reads this file, too
    main()
