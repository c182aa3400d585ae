//! The operations of ECS and VPC, one file each.
