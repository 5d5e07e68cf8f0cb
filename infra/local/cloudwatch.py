"""What CloudWatch has on AWS and not in ministack: the metrics in functions' logs, those of queues and of the HTTP API,
the invocations by rules, and alarms that go by the dimensions of their metrics and by what is missing.

It corrects private functions of the version that launcher.py insists on.
"""

import json
import re
import time

from ministack.services import apigateway, cloudwatch, cloudwatch_logs, eventbridge, lambda_svc, sqs

# What is kept: it all lies in the memory of one process, which looks through it again and again for garbage.
STREAMS_MAX = 1_000
POINTS_MAX = 2_000

MISSING = {"breaching": "ALARM", "notBreaching": "OK"}
COMPARISONS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

compile_any = cloudwatch_logs._compile_filter_pattern
dispatch = eventbridge._dispatch_to_lambda
emit_logs = lambda_svc._emit_lambda_logs
execute = apigateway.handle_execute
handle_request = cloudwatch.handle_request


def record(namespace, name, value, unit="None", dimensions=None):
    points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions or {})))
    points.append({"Timestamp": time.time(), "Value": float(value), "Unit": unit, "Dimensions": dimensions or {}})
    if len(points) > POINTS_MAX:
        del points[: POINTS_MAX // 2]


def emit_logs_and_metrics(function, request_id, text, *rest, **named):
    for line in (text or "").splitlines():
        if '"_aws"' in line:
            record_embedded(line)
    emit_logs(function, request_id, text, *rest, **named)
    group = (function.get("config") or function).get("LoggingConfig", {}).get("LogGroup")
    streams = cloudwatch_logs._log_groups[group]["streams"] if group in cloudwatch_logs._log_groups else {}
    while len(streams) > STREAMS_MAX:
        del streams[next(iter(streams))]


def record_embedded(line):
    """Counts the metrics of a line in the Embedded Metric Format."""
    try:
        fields = json.loads(line)
        for directive in fields["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: fields[name] for name in names}
                for metric in directive["Metrics"]:
                    values = fields[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        record(directive["Namespace"], metric["Name"], value, metric["Unit"], dimensions)
    except (KeyError, TypeError, ValueError):
        pass  # Not of that format, as CloudWatch sees it too.


async def execute_and_measure(api_id, *rest, **named):
    began = time.monotonic()
    answer = await execute(api_id, *rest, **named)
    for name, value, unit in (
        ("Count", 1, "Count"),
        ("4xx", int(400 <= answer[0] < 500), "Count"),
        ("5xx", int(answer[0] >= 500), "Count"),
        ("Latency", 1_000 * (time.monotonic() - began), "Milliseconds"),
    ):
        record("AWS/ApiGateway", name, value, unit, {"ApiId": api_id})
    return answer


def dispatch_and_count(arn, payload):
    # arn:aws:lambda:{region}:{account}:function:{name}
    record("AWS/Lambda", "Invocations", 1, "Count", {"FunctionName": arn.split(":")[6]})
    return dispatch(arn, payload)


def measure_queues():
    now = time.time()
    for queue in list(sqs._queues.values()):
        sqs._refresh_counts(queue)
        ages = [now - message.get("sent_at", now) for message in queue["messages"]]
        for name, value, unit in (
            ("ApproximateNumberOfMessagesVisible", int(queue["attributes"]["ApproximateNumberOfMessages"]), "Count"),
            ("ApproximateAgeOfOldestMessage", max(ages, default=0), "Seconds"),
        ):
            record("AWS/SQS", name, value, unit, {"QueueName": queue["name"]})


def compile_pattern(pattern):
    """A quoted word is looked for as it is, and not by way of a regular expression, which takes a hundred times as long."""
    word = re.fullmatch(r'"([\w-]+)"', pattern or "")
    return (lambda message: word[1] in message) if word else compile_any(pattern)


def evaluate_alarm(alarm):
    """One value of the whole time that the alarm looks at, where CloudWatch takes one of each period."""
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    points = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or []
    since = time.time() - alarm["Period"] * alarm["EvaluationPeriods"]
    points = [point for point in points if point["Timestamp"] >= since]
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    if points:
        value = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
        is_breached = COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])
        state, reason = "ALARM" if is_breached else "OK", f"{statistic} is {value}"
    else:
        state, reason = MISSING.get(alarm["TreatMissingData"], alarm["StateValue"]), "there is no data"
    before = alarm["StateValue"]
    if state != before:
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)


async def handle_request_as_of_now(*rest, **named):
    measure_queues()
    cloudwatch._evaluate_all_alarms()
    return await handle_request(*rest, **named)


def correct():
    """Puts all of it in place."""
    cloudwatch.record_metric = record
    cloudwatch_logs._compile_filter_pattern = compile_pattern
    lambda_svc._emit_lambda_logs = emit_logs_and_metrics
    eventbridge._dispatch_to_lambda = dispatch_and_count
    apigateway.handle_execute = execute_and_measure
    cloudwatch._evaluate_alarm = evaluate_alarm
    cloudwatch.handle_request = handle_request_as_of_now
