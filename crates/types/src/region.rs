//! Regions and zones.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The regions that the vendor's endpoint tables list, with the English name of each.
/// Source: ECS `DescribeRegions`.
pub const REGIONS: &[(&str, &str)] = &[
    ("cn-qingdao", "China (Qingdao)"),
    ("cn-beijing", "China (Beijing)"),
    ("cn-zhangjiakou", "China (Zhangjiakou)"),
    ("cn-huhehaote", "China (Hohhot)"),
    ("cn-wulanchabu", "China (Ulanqab)"),
    ("cn-hangzhou", "China (Hangzhou)"),
    ("cn-shanghai", "China (Shanghai)"),
    ("cn-nanjing", "China (Nanjing)"),
    ("cn-fuzhou", "China (Fuzhou)"),
    ("cn-shenzhen", "China (Shenzhen)"),
    ("cn-heyuan", "China (Heyuan)"),
    ("cn-guangzhou", "China (Guangzhou)"),
    ("cn-chengdu", "China (Chengdu)"),
    ("cn-hongkong", "China (Hong Kong)"),
    ("ap-northeast-1", "Japan (Tokyo)"),
    ("ap-northeast-2", "South Korea (Seoul)"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Australia (Sydney)"),
    ("ap-southeast-3", "Malaysia (Kuala Lumpur)"),
    ("ap-southeast-5", "Indonesia (Jakarta)"),
    ("ap-southeast-6", "Philippines (Manila)"),
    ("ap-southeast-7", "Thailand (Bangkok)"),
    ("ap-south-1", "India (Mumbai)"),
    ("us-east-1", "US (Virginia)"),
    ("us-west-1", "US (Silicon Valley)"),
    ("eu-central-1", "Germany (Frankfurt)"),
    ("eu-west-1", "UK (London)"),
    ("me-east-1", "UAE (Dubai)"),
    ("me-central-1", "SAU (Riyadh)"),
    ("na-south-1", "Mexico"),
];

/// A region of [`REGIONS`], such as `cn-hangzhou`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegionId(SmolStr);

impl RegionId {
    /// The region named `text`, if there is one.
    pub fn find(text: &str) -> Option<Self> {
        REGIONS.iter().any(|(id, _)| *id == text).then(|| Self(text.into()))
    }

    /// The region as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A zone of a region: the region's id, a hyphen and a letter, such as `cn-hangzhou-i`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneId(String);

impl ZoneId {
    /// The letters of the zones that every region has here.
    pub const LETTERS: &'static [char] = &['g', 'h', 'i', 'j', 'k'];

    /// The zone named `text` in `region`, if there is one.
    pub fn find(region: &RegionId, text: &str) -> Option<Self> {
        let letter = text.strip_prefix(region.as_str())?.strip_prefix('-')?;
        let mut letters = letter.chars();
        let known = letters.next().is_some_and(|letter| Self::LETTERS.contains(&letter));
        (known && letters.next().is_none()).then(|| Self(text.to_owned()))
    }

    /// The zone as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_belongs_to_its_region() {
        let region = RegionId::find("cn-hangzhou").unwrap();
        assert!(ZoneId::find(&region, "cn-hangzhou-i").is_some());
        for wrong in
            ["cn-hangzhou", "cn-hangzhou-", "cn-hangzhou-ii", "cn-beijing-i", "cn-hangzhou-z"]
        {
            assert!(ZoneId::find(&region, wrong).is_none(), "{wrong}");
        }
        assert!(RegionId::find("CN-HANGZHOU").is_none());
    }
}
