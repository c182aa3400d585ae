//! Rules of security groups.

use rolecall_compute::{Direction, RulePolicy};
use rolecall_types::{InstanceId, SecurityGroupId};
use serde_json::{Value, json};

use crate::world::{Who, World};

async fn rules(world: &World, group: &str, more: &[(&str, &str)]) -> Vec<Value> {
    let parameters = [&[("SecurityGroupId", group)], more].concat();
    let reply = world.ok("ecs:DescribeSecurityGroupAttribute", &parameters).await;
    reply["Permissions"]["Permission"].as_array().unwrap().clone()
}

async fn new_group(world: &World, vpc: &str, name: &str) -> String {
    let parameters = [("VpcId", vpc), ("SecurityGroupName", name)];
    let made = world.ok("ecs:CreateSecurityGroup", &parameters).await;
    made["SecurityGroupId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rules_are_as_they_were_asked_for() {
    let world = World::new().await;
    let it = world.furnish().await;
    let other = new_group(&world, &it.vpc, "other").await;
    let group = ("SecurityGroupId", it.group.as_str());
    let both = [
        group,
        ("Permissions.1.IpProtocol", "tcp"),
        ("Permissions.1.PortRange", "22/80"),
        ("Permissions.1.SourceCidrIp", "10.0.0.1"),
        ("Permissions.1.Policy", "DROP"),
        ("Permissions.1.Priority", "100"),
        ("Permissions.1.Description", "no ssh"),
        ("Permissions.2.IpProtocol", "ALL"),
        ("Permissions.2.SourceGroupId", &other),
        ("Permissions.2.NicType", "intranet"),
    ];
    world.ok("ecs:AuthorizeSecurityGroup", &both).await;
    let old = [group, ("IpProtocol", "icmp"), ("PortRange", "-1/-1"), ("DestCidrIp", "0.0.0.0/0")];
    world.ok("ecs:AuthorizeSecurityGroupEgress", &old).await;

    let mut found = rules(&world, &it.group, &[]).await;
    for rule in &mut found {
        let id = rule.as_object_mut().unwrap().remove("SecurityGroupRuleId").unwrap();
        assert!(id.as_str().unwrap().starts_with("sgr-bp1"), "{id}");
    }
    let rule = |direction: &str, protocol: &str, peer: (&str, &str)| {
        let mut rule = json!({
            "Direction": direction, "IpProtocol": protocol, "PortRange": "-1/-1",
            "SourcePortRange": "", "SourceCidrIp": "", "SourceGroupId": "",
            "SourceGroupName": "", "SourceGroupOwnerAccount": "", "DestCidrIp": "",
            "DestGroupId": "", "DestGroupName": "", "DestGroupOwnerAccount": "",
            "Ipv6SourceCidrIp": "", "Ipv6DestCidrIp": "", "SourcePrefixListId": "",
            "DestPrefixListId": "", "Policy": "Accept", "Priority": "1",
            "NicType": "intranet", "Description": "", "CreateTime": "2027-01-15T08:00:00Z",
        });
        rule[peer.0] = peer.1.into();
        rule
    };
    let mut first = rule("ingress", "TCP", ("SourceCidrIp", "10.0.0.1/32"));
    first["PortRange"] = "22/80".into();
    first["Policy"] = "Drop".into();
    first["Priority"] = "100".into();
    first["Description"] = "no ssh".into();
    let mut second = rule("ingress", "ALL", ("SourceGroupId", &other));
    second["SourceGroupName"] = "other".into();
    let third = rule("egress", "ICMP", ("DestCidrIp", "0.0.0.0/0"));
    assert_eq!(found, [first, second, third]);

    for (more, count) in
        [("all", 3), ("ingress", 2), ("egress", 1)].map(|(word, n)| ([("Direction", word)], n))
    {
        assert_eq!(rules(&world, &it.group, &more).await.len(), count, "{more:?}");
    }
    let page = world.ok("ecs:DescribeSecurityGroups", &[group]).await;
    assert_eq!(page["SecurityGroups"]["SecurityGroup"][0]["RuleCount"], 3);
}

#[tokio::test]
async fn a_group_is_renamed_and_keeps_its_rules() {
    let world = World::new().await;
    let it = world.furnish().await;
    let group = ("SecurityGroupId", it.group.as_str());
    let rule = [group, ("IpProtocol", "all"), ("SourceCidrIp", "10.0.0.0/8")];
    world.ok("ecs:AuthorizeSecurityGroup", &rule).await;
    for change in [("SecurityGroupName", "web"), ("Description", "the web")] {
        world.ok("ecs:ModifySecurityGroupAttribute", &[group, change]).await;
    }
    let got = world.ok("ecs:DescribeSecurityGroupAttribute", &[group]).await;
    assert_eq!(
        (&got["SecurityGroupName"], &got["Description"]),
        (&json!("web"), &json!("the web"))
    );
    assert_eq!(rules(&world, &it.group, &[]).await.len(), 1);
}

#[tokio::test]
async fn a_rule_is_not_made_twice_and_its_end_is_no_error() {
    let world = World::new().await;
    let it = world.furnish().await;
    let group = ("SecurityGroupId", it.group.as_str());
    let rule = [("IpProtocol", "tcp"), ("PortRange", "22/22"), ("SourceCidrIp", "10.0.0.0/8")];
    let with = |more: &[(&'static str, &'static str)]| [&[group], &rule[..], more].concat();
    world.ok("ecs:AuthorizeSecurityGroup", &with(&[])).await;
    world.ok("ecs:AuthorizeSecurityGroup", &with(&[("Policy", "accept"), ("Priority", "1")])).await;
    assert_eq!(rules(&world, &it.group, &[]).await.len(), 1);
    world.ok("ecs:AuthorizeSecurityGroup", &with(&[("Priority", "2")])).await;
    assert_eq!(rules(&world, &it.group, &[]).await.len(), 2);
    // What says something else stays.
    for other in [("Policy", "drop"), ("Priority", "3")] {
        world.ok("ecs:RevokeSecurityGroup", &with(&[other])).await;
    }
    assert_eq!(rules(&world, &it.group, &[]).await.len(), 2);
    for _ in 0..2 {
        world.ok("ecs:RevokeSecurityGroup", &with(&[("Description", "other")])).await;
        assert_eq!(rules(&world, &it.group, &[]).await.len(), 1);
    }
    let id = rules(&world, &it.group, &[]).await[0]["SecurityGroupRuleId"].clone();
    let by_id = [group, ("SecurityGroupRuleId.1", id.as_str().unwrap())];
    world.ok("ecs:RevokeSecurityGroupEgress", &by_id).await;
    assert_eq!(rules(&world, &it.group, &[]).await.len(), 1, "it is no rule for what goes out");
    for _ in 0..2 {
        world.ok("ecs:RevokeSecurityGroup", &by_id).await;
        assert_eq!(rules(&world, &it.group, &[]).await.len(), 0);
    }
}

#[tokio::test]
async fn all_rules_of_a_call_are_made_or_none() {
    let world = World::new().await;
    let it = world.furnish().await;
    let parameters = [
        ("SecurityGroupId", it.group.as_str()),
        ("Permissions.1.IpProtocol", "all"),
        ("Permissions.1.SourceCidrIp", "10.0.0.0/8"),
        ("Permissions.2.IpProtocol", "all"),
        ("Permissions.2.SourceCidrIp", "x"),
    ];
    let answer = world.word("ecs:AuthorizeSecurityGroup", &parameters).await;
    assert_eq!(answer, "400 InvalidSourceCidrIp.Malformed");
    assert_eq!(rules(&world, &it.group, &[]).await.len(), 0);
}

#[tokio::test]
async fn a_group_has_two_hundred_rules_in_parts() {
    let world = World::new().await;
    let it = world.furnish().await;
    fill(&world, &it.group).await;
    let all = rules(&world, &it.group, &[]).await;
    assert_eq!(all.len(), 200);
    let one_more = [
        ("SecurityGroupId", it.group.as_str()),
        ("IpProtocol", "gre"),
        ("SourceCidrIp", "1.1.1.1"),
    ];
    let answer = world.word("ecs:AuthorizeSecurityGroup", &one_more).await;
    assert_eq!(answer, "403 AuthorizationLimitExceed");
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let mut parameters = vec![("SecurityGroupId", it.group.as_str()), ("MaxResults", "70")];
        parameters.extend(Some(("NextToken", token.as_str())).filter(|it| !it.1.is_empty()));
        let reply = world.ok("ecs:DescribeSecurityGroupAttribute", &parameters).await;
        seen.extend(reply["Permissions"]["Permission"].as_array().unwrap().clone());
        token = reply["NextToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 200);
    assert!(all.iter().all(|rule| seen.contains(rule)));
}

/// Gives a group as many rules as it may have.
pub(crate) async fn fill(world: &World, group: &str) {
    for call in 0..2 {
        let mut parameters = vec![("SecurityGroupId".to_owned(), group.to_owned())];
        for rule in 1..=100 {
            let set = |name: &str, value: String| (format!("Permissions.{rule}.{name}"), value);
            parameters.push(set("IpProtocol", "all".to_owned()));
            parameters.push(set("SourceCidrIp", format!("10.0.{call}.{rule}")));
        }
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        world.ok("ecs:AuthorizeSecurityGroup", &parameters).await;
    }
}

#[tokio::test]
async fn a_group_that_another_names_is_not_deleted() {
    let world = World::new().await;
    let it = world.furnish().await;
    let other = new_group(&world, &it.vpc, "other").await;
    let itself =
        [("SecurityGroupId", other.as_str()), ("IpProtocol", "all"), ("SourceGroupId", &other)];
    world.ok("ecs:AuthorizeSecurityGroup", &itself).await;
    let names =
        [("SecurityGroupId", it.group.as_str()), ("IpProtocol", "all"), ("DestGroupId", &other)];
    world.ok("ecs:AuthorizeSecurityGroupEgress", &names).await;
    let delete = [("SecurityGroupId", other.as_str())];
    assert_eq!(world.word("ecs:DeleteSecurityGroup", &delete).await, "403 DependencyViolation");
    world.ok("ecs:RevokeSecurityGroupEgress", &names).await;
    world.ok("ecs:DeleteSecurityGroup", &delete).await;
}

#[tokio::test]
async fn a_condition_bites_where_one_rule_does_it() {
    let world = World::new().await;
    let it = world.furnish().await;
    let group = ("SecurityGroupId", it.group.as_str());
    let rule = |number: u32, protocol: &str, block: &str| {
        [
            (format!("Permissions.{number}.IpProtocol"), protocol.to_owned()),
            (format!("Permissions.{number}.SourceCidrIp"), block.to_owned()),
        ]
    };
    for (key, value) in
        [("ecs:SecurityGroupSourceCidrIps", "0.0.0.0/0"), ("ecs:SecurityGroupIpProtocols", "ICMP")]
    {
        world.grant(&format!(
            r#"[{{"Effect":"Allow","Action":"ecs:*","Resource":"*"}},
                {{"Effect":"Deny","Action":"ecs:AuthorizeSecurityGroup","Resource":"*",
                  "Condition":{{"StringEquals":{{"{key}":"{value}"}}}}}}]"#
        ));
        let harmless = rule(1, "all", "10.0.0.0/8");
        let harmful = match key {
            "ecs:SecurityGroupIpProtocols" => rule(2, "icmp", "10.0.0.0/8"),
            _ => rule(2, "all", "0.0.0.0/0"),
        };
        for (rules, expected) in [
            (harmless.to_vec(), "200"),
            ([harmless.clone(), harmful.clone()].concat(), "403 Forbidden.RAM"),
        ] {
            let mut parameters = vec![group];
            parameters.extend(rules.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let answer = world.call(Who::User, "ecs:AuthorizeSecurityGroup", &parameters).await;
            assert_eq!(answer.word(), expected, "{key} {rules:?}");
        }
    }
}

#[tokio::test]
async fn the_view_shows_the_groups_of_an_instance() {
    let world = World::new().await;
    let it = world.furnish().await;
    let enterprise = [("VpcId", it.vpc.as_str()), ("SecurityGroupType", "enterprise")];
    let enterprise = world.ok("ecs:CreateSecurityGroup", &enterprise).await;
    let enterprise = enterprise["SecurityGroupId"].as_str().unwrap();
    let mut changes = world.instances.changes();
    changes.mark_unchanged();
    let rule = [
        ("SecurityGroupId", it.group.as_str()),
        ("IpProtocol", "all"),
        ("SourceCidrIp", "0.0.0.0/0"),
    ];
    world.ok("ecs:AuthorizeSecurityGroup", &rule).await;
    assert!(changes.has_changed().unwrap(), "who makes rules real hears of it");
    let id = InstanceId::parse(&it.instance).unwrap();
    let instance = world.instances.get(&id).unwrap();
    let groups = world.instances.groups_of(&instance);
    assert_eq!((groups.len(), groups[0].rules.len()), (1, 1));
    assert_eq!(groups[0].inner_policy(), RulePolicy::Accept);
    assert_eq!(groups[0].default_policy(Direction::Ingress), RulePolicy::Drop);
    assert_eq!(groups[0].default_policy(Direction::Egress), RulePolicy::Accept);

    let join = [("SecurityGroupId", enterprise), ("InstanceId", it.instance.as_str())];
    world.ok("ecs:JoinSecurityGroup", &join).await;
    let instance = world.instances.get(&id).unwrap();
    let groups = world.instances.groups_of(&instance);
    assert_eq!(groups[1].inner_policy(), RulePolicy::Drop);
    assert_eq!(groups[1].default_policy(Direction::Egress), RulePolicy::Drop);
    world.ok("ecs:LeaveSecurityGroup", &join).await;
    world.ok("ecs:DeleteSecurityGroup", &[("SecurityGroupId", enterprise)]).await;
    let left = world.instances.security_groups();
    assert!(!left.contains_key(&SecurityGroupId::parse(enterprise).unwrap()));
}
