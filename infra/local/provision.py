"""Makes the users of a local stack and prints its outputs and them as JSON: provision.py STACK_NAME.

The endpoint, region and credentials come from the environment, as for the AWS CLI, whose library it uses.
"""

import json
import secrets
import sys

import botocore.session

CUSTOMERS = ["alice", "bob", *(f"customer-{number:02}" for number in range(1, 9))]
ADMINS = ["admin"]


def outputs(session, stack_name):
    stacks = session.create_client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


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


def main(stack_name):
    session = botocore.session.get_session()
    found = outputs(session, stack_name)
    cognito = session.create_client("cognito-idp")
    pool = found["UserPoolId"]
    users = [make_user(cognito, pool, name, True) for name in ADMINS]
    users += [make_user(cognito, pool, name, False) for name in CUSTOMERS]
    print(json.dumps({"outputs": found, "users": users}))


if __name__ == "__main__":
    main(sys.argv[1])
