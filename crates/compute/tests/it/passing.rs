//! Whoever may not pass a role gets it onto no instance, whatever else they may do: every row of
//! calls of an alphabet in which each operation stands, up to three calls long.

use std::collections::BTreeSet;

use rolecall_compute::{InstanceMap, ecs, vpc};
use rolecall_types::InstanceId;
use serde_json::json;

use crate::world::{ACCOUNT, Who, World, launch};

/// How many calls a row has.
const DEPTH: usize = 3;
/// Stands for the ids of all instances, those made on the way among them.
const ALL: &str = "all";
/// What the role may do where the account itself gave it.
const POLICY: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*","Resource":"*"}]}"#;

/// A call: its action and its parameters.
type Letter = (&'static str, Vec<(&'static str, String)>);

/// A world in which two instances wear nothing and one wears a role, narrowed, and a user may do
/// everything but what is granted besides.
struct Start {
    world: World,
    alphabet: Vec<Letter>,
    before: InstanceMap,
}

impl Start {
    async fn new(passing: &str) -> Self {
        let world = World::new().await;
        let it = world.furnish().await;
        let place = [("VSwitchId", it.v_switch.as_str()), ("SecurityGroupId", it.group.as_str())];
        let worn = world.run(&place).await.remove(0);
        let ids = json!([worn]).to_string();
        let wears = [("InstanceIds", ids.as_str()), ("RamRoleName", "Web"), ("Policy", POLICY)];
        world.ok("ecs:AttachInstanceRamRole", &wears).await;
        world.grant(&format!(
            r#"[{{"Effect":"Allow","Action":["ecs:*","vpc:*"],"Resource":"*"}}{passing}]"#
        ));
        let named = [it.instance.as_str(), &worn];
        let mut alphabet = launches(&place);
        alphabet.extend(roles(named));
        alphabet.extend(others(named, &it.group));
        alphabet.extend(life(&worn));
        alphabet.extend(rules());
        alphabet.extend(tags(&worn));
        alphabet.extend(key_pairs(&worn));
        alphabet.extend(offers());
        alphabet.extend(networks(&it.vpc, &it.v_switch));
        let before = world.instances.all();
        Self { world, alphabet, before }
    }

    /// The same world, in which the user has made these calls.
    async fn after(passing: &str, row: &[usize]) -> Self {
        let start = Self::new(passing).await;
        for letter in row {
            start.call(*letter).await;
        }
        start
    }

    async fn call(&self, letter: usize) -> String {
        let (action, parameters) = &self.alphabet[letter];
        let instances = self.world.instances.all();
        let all = json!(instances.keys().map(InstanceId::as_str).collect::<Vec<_>>()).to_string();
        let value = |value: &'_ String| if value == ALL { all.clone() } else { value.clone() };
        let parameters: Vec<_> =
            parameters.iter().map(|(name, text)| (*name, value(text))).collect();
        let parameters: Vec<_> = parameters.iter().map(|(name, text)| (*name, &**text)).collect();
        self.world.call(Who::User, action, &parameters).await.word()
    }

    /// The roles that instances have got since the start.
    fn given(&self) -> BTreeSet<String> {
        let instances = self.world.instances.all();
        let changed = instances.iter().filter(|(id, instance)| {
            self.before.get(*id).is_none_or(|before| before.binding != instance.binding)
        });
        changed
            .filter_map(|(_, instance)| instance.binding.bound.as_ref())
            .map(|bound| bound.role_name.to_string())
            .collect()
    }
}

fn letter(action: &'static str, parameters: &[(&'static str, &str)]) -> Letter {
    let own = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
    (action, parameters.iter().map(own).collect())
}

fn launches(place: &[(&'static str, &str)]) -> Vec<Letter> {
    let run = |place: &[(&'static str, &str)], more: &[(&'static str, &str)]| {
        letter("ecs:RunInstances", &launch(&[place, more].concat()))
    };
    vec![
        run(place, &[("ClientToken", "t")]),
        run(place, &[("ClientToken", "t"), ("RamRoleName", "Web")]),
        run(place, &[("RamRoleName", "web"), ("DryRun", "true")]),
        run(place, &[("RamRoleName", "Batch")]),
        run(&[], &[("RamRoleName", "Web")]),
        letter("ecs:CreateInstance", &launch(&[place, &[("DryRun", "true")]].concat())),
        letter("ecs:CreateInstance", &launch(&[place, &[("RamRoleName", "Web")]].concat())),
        letter("ecs:CreateInstance", &launch(&[place, &[("RamRoleName", "Batch")]].concat())),
    ]
}

fn roles([bare, worn]: [&str; 2]) -> Vec<Letter> {
    let (both, worn) = (json!([worn, bare]).to_string(), json!([worn]).to_string());
    let attach = |ids: &str, role, more: &[(&'static str, &str)]| {
        let named = [("InstanceIds", ids), ("RamRoleName", role)];
        letter("ecs:AttachInstanceRamRole", &[&named[..], more].concat())
    };
    vec![
        attach(ALL, "Web", &[]),
        attach(&both, "web", &[("Policy", POLICY)]),
        attach(&worn, "Web", &[("RegionId", "cn-beijing")]),
        attach(ALL, "Batch", &[]),
        letter("ecs:DetachInstanceRamRole", &[("InstanceIds", ALL)]),
        letter("ecs:DetachInstanceRamRole", &[("InstanceIds", &worn), ("RamRoleName", "Batch")]),
        letter("ecs:DescribeInstanceRamRole", &[("RamRoleName", "Web")]),
    ]
}

fn others([bare, worn]: [&str; 2], group: &str) -> Vec<Letter> {
    vec![
        letter("ecs:DeleteInstance", &[("InstanceId", worn)]),
        letter("ecs:DeleteInstances", &[("InstanceId.1", bare), ("Force", "true")]),
        letter("ecs:DescribeInstances", &[]),
        letter("ecs:DescribeInstanceStatus", &[]),
        letter("ecs:CreateSecurityGroup", &[("VpcId", "vpc-none")]),
        letter("ecs:DescribeSecurityGroups", &[]),
        letter("ecs:DeleteSecurityGroup", &[("SecurityGroupId", group)]),
        letter("ecs:DescribeRegions", &[]),
        letter("ecs:DescribeZones", &[]),
    ]
}

/// The life of an instance. What changes nothing of its role is mostly called so that it changes
/// nothing at all: each change that is tried multiplies the rows.
fn life(worn: &str) -> Vec<Letter> {
    let one = |action, more: &[(&'static str, &str)]| {
        letter(action, &[&[("InstanceId", worn)], more].concat())
    };
    let dry = |action| letter(action, &[("InstanceId.1", worn), ("DryRun", "true")]);
    let member = |action| one(action, &[("SecurityGroupId", "sg-0")]);
    vec![
        one("ecs:StopInstance", &[]),
        one("ecs:StartInstance", &[]),
        one("ecs:RebootInstance", &[("DryRun", "true")]),
        dry("ecs:StartInstances"),
        dry("ecs:StopInstances"),
        dry("ecs:RebootInstances"),
        one("ecs:DescribeInstanceAttribute", &[]),
        one("ecs:DescribeUserData", &[]),
        letter("ecs:DescribeInstancesFullStatus", &[]),
        one("ecs:ModifyInstanceAttribute", &[("SecurityGroupIds.1", "sg-0")]),
        letter(
            "ecs:ModifyInstanceMetadataOptions",
            &[("InstanceId", "i-0"), ("HttpEndpoint", "enabled")],
        ),
        member("ecs:JoinSecurityGroup"),
        member("ecs:LeaveSecurityGroup"),
    ]
}

fn rules() -> Vec<Letter> {
    let rule = |action, peer: (&'static str, &str)| {
        letter(action, &[("SecurityGroupId", "sg-0"), ("IpProtocol", "all"), peer])
    };
    vec![
        rule("ecs:AuthorizeSecurityGroup", ("SourceCidrIp", "0.0.0.0/0")),
        rule("ecs:RevokeSecurityGroup", ("SourceCidrIp", "0.0.0.0/0")),
        rule("ecs:AuthorizeSecurityGroupEgress", ("DestCidrIp", "0.0.0.0/0")),
        rule("ecs:RevokeSecurityGroupEgress", ("DestCidrIp", "0.0.0.0/0")),
        letter("ecs:ModifySecurityGroupAttribute", &[("SecurityGroupId", "sg-0")]),
        letter("ecs:DescribeSecurityGroupAttribute", &[("SecurityGroupId", "sg-0")]),
    ]
}

fn tags(worn: &str) -> Vec<Letter> {
    let kind = ("ResourceType", "instance");
    vec![
        letter("ecs:TagResources", &[kind, ("ResourceId.1", "i-0"), ("Tag.1.Key", "role")]),
        letter("ecs:UntagResources", &[kind, ("ResourceId.1", worn)]),
        letter("ecs:ListTagResources", &[kind]),
        letter("ecs:DescribeTags", &[]),
    ]
}

fn key_pairs(worn: &str) -> Vec<Letter> {
    let ids = json!([worn]).to_string();
    let on_instance =
        |action, name| letter(action, &[("KeyPairName", name), ("InstanceIds", ids.as_str())]);
    vec![
        letter("ecs:CreateKeyPair", &[("KeyPairName", "pair")]),
        letter("ecs:ImportKeyPair", &[("KeyPairName", "pair"), ("PublicKeyBody", "x")]),
        letter("ecs:DescribeKeyPairs", &[]),
        letter("ecs:DeleteKeyPairs", &[("KeyPairNames", r#"["none"]"#)]),
        on_instance("ecs:AttachKeyPair", "none"),
        on_instance("ecs:DetachKeyPair", "pair"),
    ]
}

fn offers() -> Vec<Letter> {
    vec![
        letter("ecs:DescribeImages", &[]),
        letter("ecs:DescribeInstanceTypes", &[]),
        letter("ecs:DescribeInstanceTypeFamilies", &[]),
        letter("ecs:DescribeAvailableResource", &[("DestinationResource", "Zone")]),
        letter("ecs:DescribeNetworkInterfaces", &[]),
        letter("ecs:CreateActivation", &[("InstanceName", "1")]),
        letter("ecs:DescribeActivations", &[]),
        letter("ecs:DescribeManagedInstances", &[]),
        letter("ecs:DeregisterManagedInstance", &[("InstanceId", "mi-0")]),
    ]
}

fn networks(vpc: &str, v_switch: &str) -> Vec<Letter> {
    let block = [("ZoneId", "cn-hangzhou-i"), ("CidrBlock", "192.168.9.0/24")];
    vec![
        letter("vpc:CreateVpc", &[("DryRun", "true")]),
        letter("vpc:DescribeVpcs", &[]),
        letter("vpc:DescribeVpcAttribute", &[("VpcId", vpc)]),
        letter("vpc:DeleteVpc", &[("VpcId", vpc)]),
        letter("vpc:CreateVSwitch", &[&[("VpcId", vpc)], &block[..]].concat()),
        letter("vpc:DescribeVSwitches", &[]),
        letter("vpc:DescribeVSwitchAttributes", &[("VSwitchId", v_switch)]),
        letter("vpc:DeleteVSwitch", &[("VSwitchId", v_switch)]),
        letter("vpc:DescribeRegions", &[]),
        letter("vpc:DescribeZones", &[]),
        letter("vpc:ModifyVpcAttribute", &[("VpcId", "vpc-0")]),
        letter("vpc:ModifyVSwitchAttribute", &[("VSwitchId", "vsw-0")]),
        letter("vpc:DescribeVRouters", &[]),
        letter("vpc:DescribeRouteTables", &[]),
        letter("vpc:DescribeRouteTableList", &[]),
        letter(
            "vpc:TagResources",
            &[("ResourceType", "VPC"), ("ResourceId.1", "vpc-0"), ("Tag.1.Key", "x")],
        ),
        letter("vpc:UnTagResources", &[("ResourceType", "VPC"), ("ResourceId.1", vpc)]),
        letter("vpc:ListTagResources", &[("ResourceType", "VPC")]),
    ]
}

/// Tries every row of calls: no role but `passable` is given to an instance, and that one is.
///
/// A call that leaves the store as it was leads to where its row began, so that only rows of calls
/// that change something grow longer.
async fn check(passing: &str, passable: Option<&str>) {
    let mut given = BTreeSet::new();
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..DEPTH {
        let mut longer = Vec::new();
        for row in &rows {
            let mut start = Start::after(passing, row).await;
            for letter in 0..start.alphabet.len() {
                let revision = start.world.store.revision();
                let answer = start.call(letter).await;
                assert_ne!(answer, "400 UnsupportedParameter", "{:?}", start.alphabet[letter]);
                let roles = start.given();
                let forbidden = roles.iter().find(|role| Some(role.as_str()) != passable);
                assert_eq!(forbidden, None, "{row:?} {:?}: {answer}", start.alphabet[letter]);
                given.extend(roles);
                if start.world.store.revision() != revision {
                    assert_eq!(answer, "200", "{row:?} {:?}", start.alphabet[letter]);
                    longer.push([row, &[letter][..]].concat());
                    start = Start::after(passing, row).await;
                }
            }
        }
        assert!(!longer.is_empty(), "nothing can be done");
        rows = longer;
    }
    assert_eq!(given.first().map(String::as_str), passable, "what may be passed is");
}

#[tokio::test]
async fn without_the_permission_no_role_is_given() {
    check("", None).await;
}

#[tokio::test]
async fn a_permission_to_pass_to_another_service_gives_no_role() {
    let other = r#",{"Effect":"Allow","Action":"ram:PassRole","Resource":"*",
        "Condition":{"StringEquals":{"acs:Service":"rds.aliyuncs.com"}}}"#;
    check(other, None).await;
}

#[tokio::test]
async fn a_permission_to_pass_one_role_gives_no_other() {
    let web = format!("acs:ram:*:{ACCOUNT}:role/Web");
    let one = format!(r#",{{"Effect":"Allow","Action":"ram:PassRole","Resource":"{web}"}}"#);
    check(&one, Some("Web")).await;
}

#[tokio::test]
async fn a_role_that_is_denied_is_not_given() {
    let web = format!("acs:ram:*:{ACCOUNT}:role/wEb");
    let denied = format!(
        r#",{{"Effect":"Allow","Action":"ram:PassRole","Resource":"*"}},
            {{"Effect":"Deny","Action":"ram:PassRole","Resource":"{web}"}}"#
    );
    check(&denied, Some("Batch")).await;
}

#[tokio::test]
async fn every_operation_stands_in_the_alphabet() {
    let start = Start::new("").await;
    for operation in ecs::OPERATIONS.iter().chain(vpc::OPERATIONS) {
        let spec = operation.spec();
        let name = format!("{}:{}", spec.product.name().to_ascii_lowercase(), spec.action);
        assert!(start.alphabet.iter().any(|(action, _)| *action == name), "{name}");
    }
}
