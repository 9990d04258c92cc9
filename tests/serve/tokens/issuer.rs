//! Tokens of another issuer.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

use super::*;
use crate::environment::Environment;

/// A key of no use but here, and what belongs to it.
const RSA: &str = include_str!("rsa.pem");
const RSA_PUBLIC: &str = include_str!("rsa.pub.pem");

const ISSUER: &str = "
auth:
  issuer:
    name: https://auth.example
    key: issuer.pem
    audience: registry.example
    realm: https://auth.example/token
";

/// Is a key of an issuer.
struct Key {
    signing: EncodingKey,
    algorithm: Algorithm,
    public: String,
}

impl Key {
    fn ec() -> Key {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let signing = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        Key { signing, algorithm: Algorithm::ES256, public: pair.public_key_pem() }
    }

    fn ed() -> Key {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let signing = EncodingKey::from_ed_pem(pair.serialize_pem().as_bytes()).unwrap();
        Key { signing, algorithm: Algorithm::EdDSA, public: pair.public_key_pem() }
    }

    fn sign(&self, claims: &Value) -> String {
        encode(&Header::new(self.algorithm), claims, &self.signing).unwrap()
    }

    fn jwk(&self, id: &str) -> Value {
        let mut jwk = match self.algorithm {
            Algorithm::EdDSA => {
                let public = DecodingKey::from_ed_pem(self.public.as_bytes()).unwrap();
                Jwk::from_decoding_key(&public, Some(self.algorithm)).unwrap()
            }
            _ => Jwk::from_encoding_key(&self.signing, self.algorithm).unwrap(),
        };
        jwk.common.key_id = Some(id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }
}

/// Starts a server that takes an issuer's tokens, over a store with an artifact in three spaces.
fn start(settings: &str, key: &str) -> World {
    let world = start_with(RULES);
    world.test.write("issuer.pem", key);
    restart(world, settings)
}

fn claims(user: &str, name: &str, actions: &[&str]) -> Value {
    let claims = super::claims(user, name, actions);
    let claims = with(claims, "iss", json!("https://auth.example"));
    with(claims, "aud", json!(["registry.example"]))
}

#[test]
fn what_the_issuer_says_holds_where_there_are_no_rules() {
    let key = Key::ec();
    let world = start(ISSUER, &key.public);
    let challenge = ask(&world, "", READ, "").header("www-authenticate").to_owned();
    let expected = r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:team/b:pull""#;
    assert_eq!(challenge, expected);
    assert_eq!(ask(&world, "reader", READ, "").status, 401, "there are no passwords");
    let status = |claims: &Value, line: &str| super::status(&world, &key.sign(claims), line);
    for user in ["ann", ""] {
        let pull = claims(user, "team/b", &["pull"]);
        assert_eq!(status(&pull, READ), 200);
        assert_eq!(status(&pull, "GET /v2/secret/b/manifests/v1"), 401);
        assert_eq!(status(&pull, "POST /v2/team/b/blobs/uploads/"), 401);
        assert_eq!(status(&pull, "DELETE /v2/team/b/manifests/v1"), 401);
        assert_eq!(status(&pull, "GET /v2/"), 200);
    }
    let push = claims("ann", "team/b", &["pull", "push"]);
    assert_eq!(status(&push, "POST /v2/team/b/blobs/uploads/"), 202);
    assert_eq!(status(&push, "DELETE /v2/team/b/manifests/v1"), 401);
    let space = claims("ann", "team/*", &["pull"]);
    assert_eq!([status(&space, "GET /team/index.yaml"), status(&space, READ)], [200, 200]);
    assert_eq!(status(&space, "GET /secret/index.yaml"), 401);
    let none = with(claims("ann", "team/b", &["pull"]), "access", Value::Null);
    assert_eq!([status(&none, "GET /v2/"), status(&none, READ)], [200, 401]);
    let all = claims("ann", "team/b", &["*"]);
    assert_eq!(status(&all, "DELETE /v2/team/b/manifests/v1"), 202);
}

#[test]
fn rules_that_are_written_hold_as_well() {
    let key = Key::ec();
    let issuer = ISSUER.replace("\nauth:\n", "");
    let settings = with_tokens("key: key") + &issuer;
    let world = start_with(RULES);
    world.test.write("key", KEY);
    world.test.write("issuer.pem", &key.public);
    let world = restart(world, &settings);
    let status = |user: &str, name: &str, line: &str| {
        super::status(&world, &key.sign(&claims(user, name, &["*"])), line)
    };
    assert_eq!(status("reader", "team/b", READ), 200);
    assert_eq!(status("reader", "team/b", "POST /v2/team/b/blobs/uploads/"), 403);
    assert_eq!(status("stranger", "team/b", READ), 403);
    assert_eq!(status("", "team/b", READ), 401);
    assert_eq!(status("", "open/b", "GET /v2/open/b/manifests/v1"), 200);
    assert_eq!(status("reader", "team/c", READ), 401, "the token has to allow it too");
    assert_eq!(status("known only to the issuer", "known/b", "GET /v2/known/b/manifests/v1"), 200);
    // The server's own tokens and passwords are good beside.
    let own = token(&world, "reader", "repository:team/b:pull");
    assert_eq!(ask_with(&world, &own, READ, "").status, 200);
    assert_eq!(ask(&world, "reader", READ, "").status, 200);
    // What each has said is not taken of the other.
    let claims = claims("reader", "team/b", &["pull"]);
    assert_eq!(super::status(&world, &sign(&claims), READ), 401);
    assert_eq!(
        super::status(&world, &key.sign(&super::claims("reader", "team/b", &["pull"])), READ),
        401
    );
}

#[test]
fn keys_of_every_kind_are_taken_with_their_own_algorithm_alone() {
    let signing = EncodingKey::from_rsa_pem(RSA.as_bytes()).unwrap();
    let rsa = Key { signing, algorithm: Algorithm::PS256, public: String::new() };
    let set = |keys: &[Value]| json!({ "keys": keys }).to_string();
    let (ec, ed) = (Key::ec(), Key::ed());
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let large = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
    let large = Key { signing: large, algorithm: Algorithm::ES384, public: pair.public_key_pem() };
    let claims = claims("ann", "team/b", &["pull"]);
    let world = start(ISSUER, &ec.public);
    let as_rs256 =
        Key { algorithm: Algorithm::RS256, signing: rsa.signing.clone(), public: String::new() };
    let all = [&ec, &ed, &large, &rsa, &as_rs256];
    let octets =
        json!({ "kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "alg": "HS256" });
    for (file, expected) in [
        (ec.public.clone(), [true, false, false, false, false]),
        (ed.public.clone(), [false, true, false, false, false]),
        (large.public.clone(), [false, false, true, false, false]),
        (set(&[ec.jwk("a"), ed.jwk("b"), octets]), [true, true, false, false, false]),
        (RSA_PUBLIC.to_owned(), [false, false, false, true, true]),
        // Its algorithm is named there.
        (set(&[rsa.jwk("a")]), [false, false, false, true, false]),
    ] {
        world.test.write("issuer.pem", &file);
        let taken = all.map(|key| status(&world, &key.sign(&claims), READ) == 200);
        assert_eq!(taken, expected, "{file}");
        // Whose key is public can be signed with by anybody, where it is taken for a secret.
        let public = EncodingKey::from_secret(file.as_bytes());
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let token = encode(&Header::new(algorithm), &claims, &public).unwrap();
            assert_eq!(status(&world, &token, READ), 401);
        }
        assert_eq!(status(&world, &sign(&claims), READ), 401, "a secret is no key of an issuer");
    }
}

#[test]
fn a_key_that_a_token_brings_along_is_not_taken() {
    let (key, other) = (Key::ec(), Key::ec());
    let world = start(ISSUER, &json!({ "keys": [key.jwk("a")] }).to_string());
    let claims = claims("ann", "team/b", &["pull"]);
    let sign = |key: &Key, change: &dyn Fn(&mut Header)| {
        let mut header = Header::new(key.algorithm);
        change(&mut header);
        status(&world, &encode(&header, &claims, &key.signing).unwrap(), READ)
    };
    assert_eq!(sign(&key, &|header| header.kid = Some("a".to_owned())), 200);
    assert_eq!(sign(&key, &|_| ()), 200, "without a name each key is tried");
    assert_eq!(sign(&key, &|header| header.kid = Some("b".to_owned())), 401);
    let brought: Jwk = serde_json::from_value(other.jwk("a")).unwrap();
    assert_eq!(sign(&other, &|header| header.jwk = Some(brought.clone())), 401);
    assert_eq!(sign(&other, &|header| header.kid = Some("a".to_owned())), 401);
}

#[test]
fn files_that_hold_no_usable_key_are_refused() {
    let test = Environment::new();
    test.write("config.yaml", ISSUER);
    let secret = KeyPair::generate().unwrap().serialize_pem();
    let made = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap();
    let octets = json!({ "keys": [{ "kty": "oct", "k": "MDEyMzQ1Njc4OWFiY2RlZg" }] }).to_string();
    let many = json!({ "keys": vec![Key::ec().jwk("a"); 17] }).to_string();
    let check = |file: &str| {
        test.write("issuer.pem", file);
        let run = test.run(&["serve", "--check", "--listen", "0.0.0.0:1", "-c", "config.yaml"]);
        assert!(file.lines().all(|line| line.len() < 20 || !run.stderr.contains(line)), "{run}");
        (run.code, run.stderr)
    };
    for (file, reason) in [
        ("", "no public key"),
        (&secret, "no public key"),
        (RSA, "no public key"),
        (&made.cert.pem(), "no public key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key"),
        (&octets, "no key of RSA, EC or Ed25519"),
        ("{\"keys\": []}", "no key of RSA, EC or Ed25519"),
        ("{", "no JWKS"),
        (&many, "more than 16 keys"),
    ] {
        let (code, told) = check(file);
        assert_eq!(code, Some(1), "{told}");
        assert!(
            told.contains("cannot use issuer.pem for tokens") && told.contains(reason),
            "{told}"
        );
    }
    assert_eq!(check(&Key::ec().public).0, Some(0));
}
