//! Which product a host name names. Source: the endpoint tables of the products.

use rolecall_api::Product;
use rolecall_types::RegionId;

/// What a host name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An RPC product.
    Rpc(Product),
    /// The object service, or a bucket of it.
    Objects,
    /// Nothing: an address, `localhost`, or a name that is not the vendor's.
    Nothing,
    /// A service of the vendor's that is not served here.
    Stranger,
}

/// What the `Host` header of a request names; a port is ignored.
pub fn named(host: &str) -> Named {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let Some(labels) = name.strip_suffix(".aliyuncs.com") else { return Named::Nothing };
    let (rest, last) = labels.rsplit_once('.').map_or(("", labels), |(rest, last)| (rest, last));
    if is_object_label(last) {
        return Named::Objects;
    }
    match (rest, last) {
        ("", single) => single_label(single),
        ("ram", "vpc-proxy") => Named::Rpc(Product::Ram),
        (product, region) if RegionId::find(region).is_some() => {
            let product = product.strip_suffix("-vpc").unwrap_or(product);
            regional(product).map_or(Named::Stranger, Named::Rpc)
        }
        _ => Named::Stranger,
    }
}

/// `ram`, `ecs`, or the older `ecs-cn-hangzhou`.
fn single_label(label: &str) -> Named {
    match label {
        "ram" => return Named::Rpc(Product::Ram),
        "ims" => return Named::Rpc(Product::Ims),
        _ => {}
    }
    let product = label
        .split_once('-')
        .filter(|(_, region)| RegionId::find(region).is_some())
        .map_or(label, |(product, _)| product);
    regional(product).map_or(Named::Stranger, Named::Rpc)
}

fn regional(product: &str) -> Option<Product> {
    match product {
        "sts" => Some(Product::Sts),
        "ecs" => Some(Product::Ecs),
        "vpc" => Some(Product::Vpc),
        "slb" => Some(Product::Slb),
        _ => None,
    }
}

/// `oss-cn-hangzhou`, `oss-cn-hangzhou-internal`.
fn is_object_label(label: &str) -> bool {
    label.strip_prefix("oss-").is_some_and(|region| {
        let region = region.strip_suffix("-internal").unwrap_or(region);
        RegionId::find(region).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_the_tables() {
        for (host, expected) in [
            ("ram.aliyuncs.com", Named::Rpc(Product::Ram)),
            ("ram.vpc-proxy.aliyuncs.com", Named::Rpc(Product::Ram)),
            ("ims.aliyuncs.com", Named::Rpc(Product::Ims)),
            ("sts.aliyuncs.com:443", Named::Rpc(Product::Sts)),
            ("sts.cn-beijing.aliyuncs.com", Named::Rpc(Product::Sts)),
            ("sts-vpc.cn-beijing.aliyuncs.com", Named::Rpc(Product::Sts)),
            ("ecs.aliyuncs.com", Named::Rpc(Product::Ecs)),
            ("ecs-cn-hangzhou.aliyuncs.com", Named::Rpc(Product::Ecs)),
            ("ECS.cn-hangzhou.aliyuncs.com.", Named::Rpc(Product::Ecs)),
            ("vpc-vpc.cn-hangzhou.aliyuncs.com", Named::Rpc(Product::Vpc)),
            ("oss-cn-hangzhou.aliyuncs.com", Named::Objects),
            ("bucket.oss-cn-hangzhou-internal.aliyuncs.com", Named::Objects),
            ("127.0.0.1:4600", Named::Nothing),
            ("localhost", Named::Nothing),
            ("[::1]:4600", Named::Nothing),
            ("", Named::Nothing),
            ("slb.aliyuncs.com", Named::Rpc(Product::Slb)),
            ("slb.cn-hangzhou.aliyuncs.com", Named::Rpc(Product::Slb)),
            ("rds.aliyuncs.com", Named::Stranger),
            ("ecs.nowhere.aliyuncs.com", Named::Stranger),
            ("evil-aliyuncs.com", Named::Nothing),
        ] {
            assert_eq!(named(host), expected, "{host}");
        }
    }
}
