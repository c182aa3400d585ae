//! What to do about a broken link, as commands.

use std::path::Path;

use crate::control::Status;

/// What a role says that lets instances wear it.
const TRUST: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ecs.aliyuncs.com"]}}]}"#;

/// Where the broken link is.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// The data folder.
    pub(crate) folder: &'a Path,
    /// The instance.
    pub(crate) instance: &'a str,
    /// How to reach the server, where it answers.
    pub(crate) status: Option<Status>,
}

impl Place<'_> {
    /// A call of the vendor's CLI, about this instance.
    pub(crate) fn api(&self, product: &str, action: &str, more: &str) -> String {
        let more = if more.is_empty() { String::new() } else { format!(" {more}") };
        self.cli(product, action, &format!("--InstanceId {}{more}", self.instance))
    }

    /// A call of the vendor's CLI, at this server and nowhere else.
    fn cli(&self, product: &str, action: &str, parameters: &str) -> String {
        let (endpoint, region) = match &self.status {
            Some(status) => (status.endpoint.trim_start_matches("http://"), &*status.region),
            None => ("ADDRESS", "REGION"),
        };
        format!(
            "aliyun {product} {action} {parameters} --region {region} --insecure --endpoint {endpoint}"
        )
    }

    /// Makes the instance's files and name servers anew.
    pub(crate) fn restart(&self) -> String {
        self.api("ecs", "RebootInstance", "--ForceStop true")
    }

    /// Gives the instance a role.
    pub(crate) fn wear(&self) -> String {
        format!(
            "rolecall run --data {} --instance {} --role NAME -- true",
            self.data(),
            self.instance
        )
    }

    /// Makes the role that is missing.
    pub(crate) fn make_role(&self, role: &str) -> String {
        let parameters = format!("--RoleName {role} --AssumeRolePolicyDocument '{TRUST}'");
        self.cli("ram", "CreateRole", &parameters)
    }

    /// Lets ECS wear the role.
    pub(crate) fn trust(&self, role: &str) -> String {
        let parameters = format!("--RoleName {role} --NewAssumeRolePolicyDocument '{TRUST}'");
        self.cli("ram", "UpdateRole", &parameters)
    }

    /// Asks the question of the policies once more, after one was changed.
    pub(crate) fn ask_again(
        &self,
        role: &str,
        action: &str,
        resource: &str,
        narrowed: bool,
    ) -> String {
        let also = if narrowed { ", or the one it is worn with," } else { "" };
        format!(
            "change a policy of {role}{also} and ask: rolecall simulate --data {} --principal \
             role/{role} --action {action} --resource '{resource}'",
            self.data()
        )
    }

    /// Shows the sessions of the instance.
    pub(crate) fn sessions(&self) -> String {
        format!("rolecall sessions list --data {} --instance {}", self.data(), self.instance)
    }

    fn data(&self) -> std::path::Display<'_> {
        self.folder.display()
    }
}

/// Starts the server.
pub(crate) fn server(folder: &Path) -> String {
    format!("rolecall dev --data {}", folder.display())
}

/// Makes another instance.
pub(crate) fn another_instance() -> String {
    "rolecall run --role NAME -- CMD makes one for the command".to_owned()
}

/// Lets the machine make instances.
pub(crate) fn machine() -> String {
    "do what the line above says, or run it all as root: sudo rolecall doctor".to_owned()
}
