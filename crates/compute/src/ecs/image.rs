//! The public images that are listed.
//!
//! An instance runs on its host's files, whatever its image is called: a launch takes any image id.
//! These are the ones that clients find when they look for one.

/// A public image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Image {
    /// Its id.
    pub(super) id: &'static str,
    /// Its family.
    pub(super) family: &'static str,
    /// Its operating system, in full.
    pub(super) os_name: &'static str,
    /// Its distribution.
    pub(super) platform: &'static str,
}

/// The owner of public images. Source: ECS `DescribeImages`.
pub(super) const OWNER: &str = "system";
/// When they were made: a day of the vendor's images of these names.
pub(super) const CREATED_AT: &str = "2024-01-01T00:00:00Z";
/// The size of their disk in GiB, which their ids tell.
pub(super) const SIZE_GIB: i64 = 20;

/// All of them, in the order of their ids.
pub(super) const ALL: &[Image] = &[
    Image {
        id: "aliyun_3_x64_20G_alibase_20240101.vhd",
        family: "acs:alibaba_cloud_linux_3_2104_lts_x64",
        os_name: "Alibaba Cloud Linux 3.2104 LTS 64 bit",
        platform: "Aliyun",
    },
    Image {
        id: "centos_7_9_x64_20G_alibase_20240101.vhd",
        family: "acs:centos_7_9_x64",
        os_name: "CentOS 7.9 64 bit",
        platform: "CentOS",
    },
    Image {
        id: "debian_12_x64_20G_alibase_20240101.vhd",
        family: "acs:debian_12_x64",
        os_name: "Debian 12 64 bit",
        platform: "Debian",
    },
    Image {
        id: "ubuntu_22_04_x64_20G_alibase_20240101.vhd",
        family: "acs:ubuntu_22_04_x64",
        os_name: "Ubuntu 22.04 64 bit",
        platform: "Ubuntu",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stand_in_the_order_of_their_ids() {
        assert!(ALL.is_sorted_by(|one, next| one.id < next.id));
    }
}
