"""A second stack of the template is deployed beside the first: their names do not collide."""

from infra.build import sam
from infra.local import deployment
from infra.local.ministack import MiniStack
from infra.local.stack import BUILT, local_settings


def test_two_stacks_of_the_template_stand_side_by_side(ministack: MiniStack) -> None:
    sam.build(sam.native_architecture(), BUILT)
    stacks = ("prod", "dev")
    named = {
        stack: deployment.deploy(ministack.endpoint, BUILT, local_settings("http://127.0.0.1:1"), stack)
        for stack in stacks
    }
    assert named["prod"].keys() == named["dev"].keys()
    shared = {name for name in named["prod"] if named["prod"][name] == named["dev"][name] != ""}
    assert shared == {"ApiApiGatewayDefaultStage"}, "a stage is named within its own API"
    scheduler = deployment.client(ministack.endpoint, "scheduler")
    schedules = scheduler.list_schedules()["Schedules"]
    targets = [scheduler.get_schedule(Name=each["Name"])["Target"]["Arn"] for each in schedules]
    for stack in stacks:
        assert [arn for arn in targets if named[stack]["ExportsFunction"] in arn]
    secrets = deployment.client(ministack.endpoint, "secretsmanager")
    for stack in stacks:
        for generated in ("SigningKey", "OriginToken"):
            text = secrets.get_secret_value(SecretId=named[stack][generated])["SecretString"]
            assert text.isalnum(), "a brace at its beginning would make it a set of keys"
