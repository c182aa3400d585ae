//! Names that look like those of system policies.

use rolecall_identity::system_policy;
use rolecall_types::{Random, SeededRandom};

use crate::support::{World, document};

#[tokio::test]
async fn no_spelling_of_a_system_policy_is_free() {
    let world = World::new().await;
    let text = document("Allow", "*", "*");
    let random = SeededRandom::new(7);
    let code = async |name: &str| {
        world.code("CreatePolicy", &[("PolicyName", name), ("PolicyDocument", &text)]).await
    };
    for policy in system_policy::all() {
        // Three hundred spellings of each: every letter in either case.
        let mut spellings = vec![policy.name.to_lowercase(), policy.name.to_uppercase()];
        spellings.push(policy.name.to_owned());
        while spellings.len() < 300 {
            let coins = random.text(b"01", policy.name.len());
            let turned = policy.name.chars().zip(coins.chars()).map(|(letter, coin)| {
                if coin == '1' { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
            });
            spellings.push(turned.collect());
        }
        for spelling in spellings {
            assert_eq!(code(&spelling).await, "EntityAlreadyExists.Policy", "{spelling}");
        }
    }
    let listed = world.must("ListPolicies", &[("PolicyType", "Custom")]).await;
    assert_eq!(listed["Policies"]["Policy"], serde_json::json!([]));
}

#[tokio::test]
async fn what_only_looks_like_a_name_is_none() {
    let world = World::new().await;
    let text = document("Allow", "*", "*");
    for name in [
        " AdministratorAccess",
        "AdministratorAccess ",
        "AdministratorAccess\0",
        "AdministratorAccess\n",
        "\u{410}dministratorAccess",
        "Administrator\u{200b}Access",
        "\u{212a}vstoreAccess",
        "Administrator_Access",
        "Administrator.Access",
        "Administrator%41ccess",
    ] {
        let parameters = [("PolicyName", name), ("PolicyDocument", &*text)];
        let code = world.code("CreatePolicy", &parameters).await;
        assert_eq!(code, "InvalidParameter.PolicyName.InvalidChars", "{name:?}");
    }
}

#[tokio::test]
async fn system_policies_are_found_letter_for_letter() {
    let world = World::new().await;
    for policy in system_policy::all() {
        let name = ("PolicyName", policy.name);
        let shown = world.must("GetPolicy", &[name, ("PolicyType", "System")]).await;
        assert_eq!(shown["Policy"]["Description"], policy.description);
        assert_eq!(shown["DefaultPolicyVersion"]["PolicyDocument"], policy.document);
        let lower = policy.name.to_lowercase();
        for parameters in
            [[("PolicyName", &*lower), ("PolicyType", "System")], [name, ("PolicyType", "Custom")]]
        {
            assert_eq!(world.code("GetPolicy", &parameters).await, "EntityNotExist.Policy");
        }
    }
}
