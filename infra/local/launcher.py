"""Starts ministack, the local AWS, without waits that AWS does not have, and with the saved queries and
metrics that AWS has.

It corrects private functions of the pinned version and refuses any other. The functions, the template and everything
that is deployed know nothing of it.
"""

import functools
import gc
import importlib.metadata
import json
import operator
import re
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

# A query evaluates its key condition on every item of the partition, and reads the condition anew for each: a look at
# the end of the journal, which is one partition, would soon take longer than all else. The first item is judged as
# ever, which finds what is wrong with the condition; the others by what the condition says of the sort key.
from ministack.services import dynamodb  # noqa: E402

KEY_CONDITION = re.compile(r"(#?\w+) = (:\w+) AND (#?\w+) (<=|>=|<|>|=) (:\w+)")
COMPARISONS = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}
evaluate_condition = dynamodb._evaluate_condition
dynamodb._condition_syntax_error = functools.lru_cache(1_000)(dynamodb._condition_syntax_error)


class KeyCondition:
    """The condition of the query at work, once one item was judged by it."""

    judged = None

    @classmethod
    def evaluate(cls, expression, item, values, names, slot="ConditionExpression"):
        if slot != "KeyConditionExpression":
            return evaluate_condition(expression, item, values, names, slot)
        if cls.judged is None or cls.judged[0] is not values or cls.judged[1] != expression:
            cls.judged = (values, expression, KEY_CONDITION.fullmatch(expression))
            return evaluate_condition(expression, item, values, names, slot)
        if (condition := cls.judged[2]) is None:
            return evaluate_condition(expression, item, values, names, slot)
        partition, its_value, sort, comparison, bound = condition.groups()
        (bound_type, _), *_ = values[bound].items()
        sort_key = dynamodb._sort_key_value(item[(names or {}).get(sort, sort)], bound_type)
        return item[(names or {}).get(partition, partition)] == values[its_value] and COMPARISONS[comparison](
            sort_key, dynamodb._sort_key_value(values[bound], bound_type)
        )


dynamodb._evaluate_condition = KeyCondition.evaluate

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

import cloudwatch  # noqa: E402  (ours: it lies beside this file)

cloudwatch.correct()

from ministack.app import main  # noqa: E402

if __name__ == "__main__":
    main()
