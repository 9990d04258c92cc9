//! The digest by which a lock tells whether it still fits its Chart.yaml.
//!
//! Source: `HashReq` and `HashV2Req` in `internal/resolver/resolver.go` of Helm 3.17.3.

use std::collections::BTreeMap;

use crate::chart::metadata::Dependency;
use crate::digest::Digest;
use crate::go_json;

/// Gives the digest that Helm 3 writes into a lock: of what Chart.yaml requires, aliases of
/// repositories replaced by their addresses, and of what that was resolved to.
pub fn lock_digest(required: &[Dependency], locked: &[Dependency]) -> String {
    Digest::of(&go_json::to_vec(&[required, locked])).to_string()
}

/// Gives the digest that Helm 2 wrote: of what requirements.yaml says alone, as it is written.
pub fn helm2_digest(required: &[Dependency]) -> String {
    let document = BTreeMap::from([("dependencies", required)]);
    Digest::of(&go_json::to_vec(&document)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::dependency::locked;
    use crate::chart::metadata::Metadata;

    const REPOSITORY: &str = "http://127.0.0.1:18999";

    fn required(yaml: &str) -> Vec<Dependency> {
        let mut metadata = Metadata::default();
        metadata.read_yaml(format!("dependencies:\n{yaml}").as_bytes()).unwrap();
        metadata.dependencies
    }

    /// The digests in these tests are from locks that Helm 3.17.3 wrote for these dependencies.
    #[test]
    fn is_helms_with_every_field() {
        let mut required = required(
            "- name: a\n  version: ^1\n  repository: '@myrepo'\n  \
             condition: a.enabled,global.a\n  tags: [x, 'y<z']\n  import-values:\n  \
             - data\n  - child: default.data\n    parent: my.data\n\
             - name: a\n  version: '>=2'\n  repository: http://127.0.0.1:18999\n  \
             alias: second\n  enabled: true\n\
             - name: b\n  version: ~0.1\n  repository: alias:myrepo\n\
             - name: f\n  version: 3.x\n  repository: file://../f0\n\
             - name: l\n  version: 0.0.x\n  repository: ''\n",
        );
        for aliased in [0, 2] {
            REPOSITORY.clone_into(&mut required[aliased].repository);
        }
        let locked = [
            locked("a", "1.1.0", REPOSITORY),
            locked("a", "2.0.0", REPOSITORY),
            locked("b", "0.1.0+x", REPOSITORY),
            locked("f", "3.1.4", "file://../f0"),
            locked("l", "0.0.x", ""),
        ];
        assert_eq!(
            lock_digest(&required, &locked),
            "sha256:538f938c0f7d2f22e9c328e29fb467ce25c4256ff543d49e5777a26ea19e3dab"
        );
    }

    #[test]
    fn is_helms_with_numbers_and_maps_in_import_values() {
        let required = required(
            "- name: a\n  version: 1.0.0\n  repository: http://127.0.0.1:18999\n  \
             import-values: [data, {child: d, parent: {x: 1.50}}, 12345678, true]\n",
        );
        assert_eq!(
            lock_digest(&required, &[locked("a", "1.0.0", REPOSITORY)]),
            "sha256:04e439deee91b2da673de6127e8ee547544f0ef5d397cfaa7e0aa6deb0f65921"
        );
    }

    #[test]
    fn is_helms_without_dependencies() {
        assert_eq!(
            lock_digest(&[], &[]),
            "sha256:643d5437104296e21d906ecb15b2c96ad278f20cfc4af53b12bb6069bd853726"
        );
    }

    #[test]
    fn helm_2_hashed_what_is_required_alone() {
        let required = required("- name: a\n  version: ^1\n  repository: r\n");
        let json = r#"{"dependencies":[{"name":"a","version":"^1","repository":"r"}]}"#;
        assert_eq!(helm2_digest(&required), Digest::of(json.as_bytes()).to_string());
    }
}
