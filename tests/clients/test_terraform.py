"""Terraform's `oss` backend inside an instance: state is kept by the instance's role alone."""

import json
import shutil

import pytest

from cloud import Cloud, allow

BACKEND = """
terraform {
  backend "oss" {
    bucket        = "states"
    prefix        = "path/mystate"
    key           = "version-1.tfstate"
    region        = "cn-hangzhou"
    ecs_role_name = "terraform"
    encrypt       = false
  }
}

variable "value" { default = "one" }

resource "terraform_data" "kept" { input = var.value }

output "kept" { value = terraform_data.kept.output }
"""

RESOURCES = ["acs:oss:*:*:states", "acs:oss:*:*:states/*"]
ALL = ["oss:ListObjects", "oss:GetObject", "oss:PutObject", "oss:DeleteObject"]


class Terraform:
    """Terraform in a folder of an instance that wears a role."""

    def __init__(self, server, folder, user):
        self.server, self.user = server, user
        self.folder = folder / "terraform"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        (self.folder / "main.tf").write_text(BACKEND)

    def run(self, *arguments, fails=False):
        as_user = ["--user", self.user] if self.user else []
        done = self.server.rolecall(
            "run", "--role", "terraform", *as_user, "--",
            shutil.which("terraform"), f"-chdir={self.folder}", *arguments,
            cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder),
                          "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"},
        )
        assert (done.returncode != 0) == fails, done.stderr + done.stdout
        return done.stderr if fails else done.stdout


@pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no Terraform here")
def test_states_are_kept_by_the_role(server, folder, ordinary_user):
    cloud = Cloud(server)
    cloud.bucket("states").create_bucket()
    policy = cloud.role("terraform", allow(ALL, RESOURCES))
    terraform = Terraform(server, folder, ordinary_user)
    terraform.run("init", "-no-color", "-input=false")
    terraform.run("apply", "-no-color", "-input=false", "-auto-approve")
    assert terraform.run("output", "-raw", "kept") == "one"
    state = json.loads(cloud.bucket("states").get_object("path/mystate/version-1.tfstate").read())
    assert state["outputs"]["kept"]["value"] == "one"

    terraform.run("workspace", "new", "-no-color", "staging")
    terraform.run("apply", "-no-color", "-input=false", "-auto-approve", "-var", "value=two")
    assert "staging" in terraform.run("workspace", "list", "-no-color")
    terraform.run("destroy", "-no-color", "-input=false", "-auto-approve")
    terraform.run("workspace", "select", "-no-color", "default")
    terraform.run("workspace", "delete", "-no-color", "staging")
    keys = [each.key for each in cloud.bucket("states").list_objects().object_list]
    assert keys == ["path/mystate/version-1.tfstate"]

    # The next request sees what the role may now.
    cloud.edit(policy, allow(["oss:ListObjects", "oss:GetObject"], RESOURCES))
    terraform.run("plan", "-no-color", "-input=false")
    said = terraform.run(
        "apply", "-no-color", "-input=false", "-auto-approve", "-var", "value=three", fails=True)
    assert "AccessDenied" in said
    cloud.edit(policy, allow(["oss:ListBuckets"], "*"))
    assert "AccessDenied" in terraform.run("plan", "-no-color", "-input=false", fails=True)
