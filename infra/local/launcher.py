"""Starts ministack, the local AWS, without two waits that AWS does not have.

It corrects private functions of the pinned version and refuses any other. The functions, the template and everything
that is deployed know nothing of it.
"""

import gc
import importlib.metadata
import socketserver
import sys

VERSION = "1.5.33"

found = importlib.metadata.version("ministack")
if found != VERSION:
    sys.exit(f"launcher.py corrects ministack {VERSION}, but {found} is installed: check the corrections, then the pin")

# The tables live in this process: full collections over them would be the slowest answers.
gc.set_threshold(20_000, 50, 100)

# The Lambda runtime API answers in small writes, and Nagle's algorithm would hold back each for 40 ms.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

from ministack.core import lambda_runtime  # noqa: E402  (after the correction it is to see)

# After each call it waits 50 ms for a first line of the function's log; a line that is there is there in 1 ms.
drain = lambda_runtime.Worker._drain_stderr_bounded
if len(drain.__defaults__ or ()) != 3:
    sys.exit("launcher.py does not know this ministack: Worker._drain_stderr_bounded has changed")
drain.__defaults__ = (0.001, 0.001, 0.250)

from ministack.app import main  # noqa: E402

if __name__ == "__main__":
    main()
