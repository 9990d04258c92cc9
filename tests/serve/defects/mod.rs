//! What other registries and chart servers were reported for, and what shows that it is not so here.
//!
//! | known of others | shown by |
//! |---|---|
//! | tags are lost where two servers share a store (zot PR 4337, ChartMuseum issue 453) | [`shared::two_servers_over_one_store_lose_nothing`] |
//! | a collection takes layers of a push (distribution issues 2881, 3045) | [`collected::a_collection_that_never_stops_takes_nothing_of_a_push`], [`crate::oci`] `charts::a_collection_beside_a_push_takes_nothing` |
//! | what was collected "exists already" when it is pushed again (distribution issues 1803, 4702) | [`crate::oci`] `deleting::what_was_collected_can_be_sent_again` |
//! | an index of no bytes after a crash (zot) | [`torn::a_push_that_ends_at_any_step_tears_nothing`], [`torn::a_disk_that_fails_at_any_step_of_a_push_tears_nothing`], `tests/crash` |
//! | bytes of other repositories can be had, or deleted ones again (CVE-2024-39897, CVE-2026-35172) | [`elsewhere::what_one_may_not_read_is_as_if_it_were_nowhere`], [`crate::oci`] `deleting::a_blob_is_deleted_once_no_manifest_needs_it` |
//! | somebody else's upload can be gone on with (CVE-2026-32589) | [`crate::oci`] `uploads::an_upload_belongs_to_its_repository`, [`crate::auth`] `an_upload_belongs_to_its_user` |
//! | bytes are not held against their digest | [`crate::oci`] `uploads::wrong_bytes_are_refused_and_not_kept`, `manifests::a_manifest_by_digest_takes_any_number_of_tags` |
//! | names lead out of the store (CVE-2019-1000009, CVE-2024-25620, CVE-2024-3727) | [`outside::no_name_by_any_door_leads_out_of_the_store`], [`crate::oci`] `hostile::no_name_leads_out_of_the_store`, [`crate::museum`] `what_is_no_chart_is_refused_and_leaves_nothing` |
//! | a list is made as long as is asked for (CVE-2023-2253) | [`crate::oci`] `listing::a_number_of_names_is_a_number` |
//! | one right does what another is for (CVE-2026-31801, CVE-2026-41888) | [`crate::auth`], [`crate::overwriting`], [`undeleted::nothing_is_deleted_by_any_door_where_that_is_switched_off`] |
//!
//! That a registry cannot have a password sent elsewhere (CVE-2026-33540) is in `tests/remote`.

mod collected;
mod elsewhere;
mod outside;
mod shared;
mod torn;
mod undeleted;
