"""What CloudWatch has on AWS and not in ministack: the metrics in functions' logs, those of queues and of the HTTP API,
the invocations by rules, and alarms that go by the dimensions of their metrics and by what is missing.

It corrects private functions of the version that launcher.py insists on.
"""

import json
import re
import time

from ministack.services import apigateway, cloudwatch, cloudwatch_logs, eventbridge, lambda_svc, sqs
from ministack.services.cloudformation import provisioners

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
alarm_record = provisioners._cw_metric_alarm_record
cbor_alarm = cloudwatch._cbor_alarm


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


def alarm_or_expression(name, props):
    """An alarm by arithmetic over metrics, which ministack's CloudFormation refuses."""
    if not (metrics := props.get("Metrics")):
        return alarm_record(name, props)
    placeholder = {"Namespace": "-", "MetricName": "-", "Statistic": "Sum", "Metrics": None}
    return {**alarm_record(name, {**props, **placeholder}), "Metrics": metrics}


def cbor_alarm_or_expression(alarm):
    if not (metrics := alarm.get("Metrics")):
        return cbor_alarm(alarm)
    described = cbor_alarm({name: value for name, value in alarm.items() if name != "Metrics"})
    for name in ("Namespace", "MetricName", "Statistic"):
        described.pop(name, None)
    return {**described, "Metrics": [{name: metric[name] for name in ("Id", "Expression") if name in metric} for metric in metrics]}


def points_of(namespace, name, dimensions, seconds):
    key = (namespace, name, cloudwatch._dims_key(cloudwatch._dims_from_list(dimensions or [])))
    return [point for point in cloudwatch._metrics.get(key) or [] if point["Timestamp"] >= time.time() - seconds]


def expression_value(metrics):
    """What the one expression comes to over its last period, with sums for names. It is the template's, so it is run."""
    names = {"IF": lambda condition, one, other: one if condition else other, "FILL": lambda value, _: value}
    for metric in metrics:
        if stat := metric.get("MetricStat"):
            of = stat["Metric"]
            points = points_of(of["Namespace"], of["MetricName"], of.get("Dimensions"), int(stat["Period"]))
            names[metric["Id"]] = sum(point["Value"] for point in points)
    expression = next(metric["Expression"] for metric in metrics if "Expression" in metric)
    return eval(expression.replace(" AND ", " and "), {"__builtins__": {}}, names)


def evaluate_alarm(alarm):
    """One value of the whole time that the alarm looks at, where CloudWatch takes one of each period."""
    statistic, value = alarm.get("ExtendedStatistic") or alarm["Statistic"], None
    if alarm.get("Metrics"):
        value = expression_value(alarm["Metrics"])
    elif points := points_of(
        alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions"), alarm["Period"] * alarm["EvaluationPeriods"]
    ):
        value = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
    if value is not None:
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
    cloudwatch._cbor_alarm = cbor_alarm_or_expression
    provisioners._cw_metric_alarm_record = alarm_or_expression
    cloudwatch.handle_request = handle_request_as_of_now
