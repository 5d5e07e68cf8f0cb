"""Starts ministack, the local AWS, without two waits that AWS does not have, and with the saved queries that AWS has.

It corrects private functions of the pinned version and refuses any other. The functions, the template and everything
that is deployed know nothing of it.
"""

import gc
import importlib.metadata
import json
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

# Its Athena keeps saved queries, but its CloudFormation does not know them.
from ministack.services import athena  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402


def create_named_query(logical_id, props, stack_name):
    status, _, body = athena._create_named_query({"QueryString": props["QueryString"], **props})
    if status >= 300:
        raise ValueError(f"{logical_id}: {body!r}")
    query_id = json.loads(body)["NamedQueryId"]
    return query_id, {"NamedQueryId": query_id}


provisioners._RESOURCE_HANDLERS.setdefault(
    "AWS::Athena::NamedQuery",
    {"create": create_named_query, "delete": lambda query_id, _: athena._delete_named_query({"NamedQueryId": query_id})},
)

from ministack.app import main  # noqa: E402

if __name__ == "__main__":
    main()
