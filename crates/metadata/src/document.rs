//! The identity document of an instance, which the service also gives signed. Source: the ECS page "Use instance
//! identities".

use rolecall_compute::InstanceRecord;
use serde::Serialize;

/// The document, with its members in the order of the live service.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'a> {
    zone_id: &'a str,
    serial_number: &'a str,
    instance_id: &'a str,
    region_id: &'a str,
    private_ipv4: String,
    owner_account_id: &'a str,
    mac: &'a str,
    image_id: &'a str,
    instance_type: &'a str,
    /// For whom a signed document was made, so that it is of no use to another reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<&'a str>,
}

/// The document of an instance; `None` for one of the classic network.
pub(crate) fn document(instance: &InstanceRecord, audience: Option<&str>) -> Option<Vec<u8>> {
    let network = instance.network.as_ref()?;
    let document = Document {
        zone_id: instance.zone.as_str(),
        serial_number: &instance.serial_number,
        instance_id: instance.id.as_str(),
        region_id: instance.region.as_str(),
        private_ipv4: network.private_address.to_string(),
        owner_account_id: instance.account.as_str(),
        mac: &network.mac,
        image_id: &instance.image_id,
        instance_type: &instance.instance_type,
        audience,
    };
    serde_json::to_vec(&document).ok()
}
