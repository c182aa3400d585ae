//! `ecs:DescribeImages`: lists images.

use rolecall_api::{ApiError, Authorize, Operation, Permit, Product, Scope, Shape, Spec};
use rolecall_gate::{Context, Handle};
use rolecall_policy::Need;
use rolecall_store::Transaction;
use serde::{Deserialize, Serialize};

use crate::code::{self as shared, end_dry_run};
use crate::ecs::image::{self, Image};
use crate::ecs::{Ecs, resource};
use crate::page::Asked;
use crate::tag::EcsTag;

/// Lists public images. Filters that are given must all match. There are no images of one's own,
/// although a launch takes any id that has the form of one.
#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeImages {
    /// Ids, separated by commas.
    pub image_id: Option<String>,
    /// The name.
    pub image_name: Option<String>,
    /// The family.
    pub image_family: Option<String>,
    /// The owner. All are `system`.
    #[api(choices("system", "self", "others", "marketplace"))]
    pub image_owner_alias: Option<String>,
    /// States, separated by commas. All are `Available`, which is the default.
    pub status: Option<String>,
    /// The operating system. All are `linux`.
    #[serde(rename = "OSType")]
    #[api(choices("linux", "windows"))]
    pub os_type: Option<String>,
    /// The processor. All are `x86_64`.
    #[api(choices("i386", "x86_64", "arm64"))]
    pub architecture: Option<String>,
    /// Whether cloud-init is there. It is.
    pub is_support_cloudinit: Option<bool>,
    /// Whether I/O optimized instances are supported. They are.
    pub is_support_io_optimized: Option<bool>,
    /// Whether it is public. All are.
    pub is_public: Option<bool>,
    /// The page, from 1.
    #[api(range(1, 2_147_483_647))]
    pub page_number: Option<i64>,
    /// The most elements of a page; default 10.
    #[api(range(1, 100))]
    pub page_size: Option<i64>,
    /// Whether only to check.
    pub dry_run: Option<bool>,
}

/// A page of images.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeImagesReply {
    /// The images, in the order of their ids.
    #[api(item = "Image")]
    pub images: Vec<ImageView>,
    /// The region.
    pub region_id: String,
    /// How many match.
    pub total_count: i64,
    /// The page's number.
    pub page_number: i64,
    /// The most elements of a page.
    pub page_size: i64,
}

/// An image as ECS answers it.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "the vendor's fields")]
pub struct ImageView {
    /// Its id.
    pub image_id: String,
    /// Its name: its id.
    pub image_name: String,
    /// Its family.
    pub image_family: String,
    /// Its version.
    pub image_version: String,
    /// Always `system`.
    pub image_owner_alias: String,
    /// What it is for.
    pub description: String,
    /// The operating system's name.
    #[serde(rename = "OSName")]
    pub os_name: String,
    /// The operating system's name, in English.
    #[serde(rename = "OSNameEn")]
    pub os_name_en: String,
    /// Always `linux`.
    #[serde(rename = "OSType")]
    pub os_type: String,
    /// The distribution.
    pub platform: String,
    /// Always `x86_64`.
    pub architecture: String,
    /// The size of its disk in GiB.
    pub size: i64,
    /// Always `Available`.
    pub status: String,
    /// How far it is made.
    pub progress: String,
    /// When it was made.
    pub creation_time: String,
    /// Whether it is public.
    pub is_public: bool,
    /// Whether it is a copy.
    pub is_copied: bool,
    /// Whether it is subscribed to.
    pub is_subscribed: bool,
    /// Whether it is shared with others.
    pub is_self_shared: String,
    /// Whether cloud-init is there.
    pub is_support_cloudinit: bool,
    /// Whether I/O optimized instances are supported.
    pub is_support_io_optimized: bool,
    /// Whether people log in as another user than root.
    pub login_as_non_root_supported: bool,
    /// Whether instances run on it.
    pub usage: String,
    /// Its code in the marketplace.
    pub product_code: String,
    /// Its resource group.
    pub resource_group_id: String,
    /// What it supports.
    pub features: ImageFeatures,
    /// Its disks.
    #[api(item = "DiskDeviceMapping")]
    pub disk_device_mappings: Vec<String>,
    /// Its tags.
    #[api(item = "Tag")]
    pub tags: Vec<EcsTag>,
}

/// What an image supports.
#[derive(Debug, Serialize, Shape)]
#[serde(rename_all = "PascalCase")]
pub struct ImageFeatures {
    /// `v2`: the metadata service with tokens.
    pub imds_support: String,
    /// `unsupported`.
    pub nvme_support: String,
}

impl Authorize for DescribeImages {
    fn spec(&self) -> &'static Spec {
        &Self::SPEC
    }

    fn needs(&self, scope: &Scope) -> Vec<Need> {
        let ids: Vec<&str> = self.ids().collect();
        let describe =
            |id: &&str| Need::on("ecs:DescribeImages", resource(scope, format!("image/{id}")));
        let all: &[&str] = &["*"];
        (if ids.is_empty() { all } else { &ids }).iter().map(describe).collect()
    }
}

impl Operation for DescribeImages {
    type Reply = DescribeImagesReply;

    const SPEC: Spec =
        Spec::read(Product::Ecs, "DescribeImages").errors(&[&shared::DRY_RUN_OPERATION]);
}

impl Handle<DescribeImages> for Ecs {
    async fn handle(
        &self,
        context: &Context,
        _transaction: &mut Transaction,
        call: &Permit<DescribeImages>,
    ) -> Result<DescribeImagesReply, ApiError> {
        end_dry_run(call.dry_run)?;
        let found: Vec<&Image> = image::ALL.iter().filter(|image| call.selects(image)).collect();
        let asked = Asked::Number { number: call.page_number, size: call.page_size };
        let page = asked.cut(found, |image| image.id)?;
        Ok(DescribeImagesReply {
            images: page.items.into_iter().map(ImageView::new).collect(),
            region_id: context.scope.region.to_string(),
            total_count: page.total,
            page_number: page.number,
            page_size: page.size,
        })
    }
}

impl DescribeImages {
    fn ids(&self) -> impl Iterator<Item = &str> {
        let ids = self.image_id.iter().flat_map(|ids| ids.split(','));
        ids.map(str::trim).filter(|id| !id.is_empty())
    }

    fn selects(&self, image: &Image) -> bool {
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|it| it == text);
        let yes = |wanted: Option<bool>| wanted != Some(false);
        (self.ids().next().is_none() || self.ids().any(|id| id == image.id))
            && is(&self.image_name, image.id)
            && is(&self.image_family, image.family)
            && is(&self.image_owner_alias, image::OWNER)
            && self.status.as_ref().is_none_or(|all| all.split(',').any(|it| it == "Available"))
            && is(&self.os_type, "linux")
            && is(&self.architecture, "x86_64")
            && yes(self.is_support_cloudinit)
            && yes(self.is_support_io_optimized)
            && yes(self.is_public)
    }
}

impl ImageView {
    fn new(image: &Image) -> Self {
        Self {
            image_id: image.id.to_owned(),
            image_name: image.id.to_owned(),
            image_family: image.family.to_owned(),
            image_version: String::new(),
            image_owner_alias: image::OWNER.to_owned(),
            description: String::new(),
            os_name: image.os_name.to_owned(),
            os_name_en: image.os_name.to_owned(),
            os_type: "linux".to_owned(),
            platform: image.platform.to_owned(),
            architecture: "x86_64".to_owned(),
            size: image::SIZE_GIB,
            status: "Available".to_owned(),
            progress: "100%".to_owned(),
            creation_time: image::CREATED_AT.to_owned(),
            is_public: true,
            is_copied: false,
            is_subscribed: false,
            is_self_shared: String::new(),
            is_support_cloudinit: true,
            is_support_io_optimized: true,
            login_as_non_root_supported: false,
            usage: "none".to_owned(),
            product_code: String::new(),
            resource_group_id: String::new(),
            features: ImageFeatures {
                imds_support: "v2".to_owned(),
                nvme_support: "unsupported".to_owned(),
            },
            disk_device_mappings: Vec::new(),
            tags: Vec::new(),
        }
    }
}
