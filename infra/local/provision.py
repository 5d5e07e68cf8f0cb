"""Deploys a packaged template, makes users, prints the outputs and the users as JSON.

    provision.py STACK_NAME TEMPLATE PARAMETER=VALUE ...

Endpoint, region and credentials come from the environment, as for the AWS CLI. `aws cloudformation deploy` does the
first part too, but looks only every 30 seconds whether it is done.
"""

import json
import pathlib
import secrets
import sys
import time

import botocore.exceptions
import botocore.session

CUSTOMERS = ["alice", "bob", *(f"customer-{number:02}" for number in range(1, 22))]
ADMINS = ["admin"]
POLL_SECONDS = 0.3
DEPLOY_SECONDS_MAX = 300


def deploy(cloudformation, stack_name, template, parameters):
    """Creates or updates the stack and returns its outputs."""
    change = {
        "StackName": stack_name,
        "TemplateBody": template,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    try:
        cloudformation.create_stack(**change)
    except cloudformation.exceptions.AlreadyExistsException:
        try:
            cloudformation.update_stack(**change)
        except botocore.exceptions.ClientError as error:
            if "No updates" not in str(error):
                raise
    deadline = time.monotonic() + DEPLOY_SECONDS_MAX
    while time.monotonic() < deadline:
        stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
        status = stack["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if not status.endswith("_IN_PROGRESS") or "ROLLBACK" in status:
            sys.exit(f"the stack is {status}: {reasons(cloudformation, stack_name)}")
        time.sleep(POLL_SECONDS)
    sys.exit(f"the stack is not complete after {DEPLOY_SECONDS_MAX} seconds")


def reasons(cloudformation, stack_name):
    events = cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}" for event in failed)


def make_user(cognito, pool, name, admin):
    # Cognito wants an upper and a lower case letter, a digit and a symbol.
    password = secrets.token_urlsafe(18) + "aA1!"
    try:
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    except cognito.exceptions.UsernameExistsException:
        pass
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    if admin:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="admin")
    return {"name": name, "password": password, "admin": admin}


def main(stack_name, template, *parameters):
    session = botocore.session.get_session()
    pairs = [parameter.split("=", 1) for parameter in parameters]
    body = pathlib.Path(template).read_text(encoding="utf-8")
    outputs = deploy(session.create_client("cloudformation"), stack_name, body, pairs)
    cognito = session.create_client("cognito-idp")
    users = [make_user(cognito, outputs["UserPoolId"], name, True) for name in ADMINS]
    users += [make_user(cognito, outputs["UserPoolId"], name, False) for name in CUSTOMERS]
    print(json.dumps({"outputs": outputs, "users": users}))


if __name__ == "__main__":
    main(*sys.argv[1:])
