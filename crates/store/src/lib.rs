//! Ordered keys with transactions, revisions and watches; typed tables; memory and redb.
