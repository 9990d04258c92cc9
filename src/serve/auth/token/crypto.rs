//! The crypto of tokens: ring's, which TLS has too.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::hmac;
use ring::signature::{self as ring_signature, RsaParameters, UnparsedPublicKey};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // What makes JWKs out of keys, which nobody does here.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes it what tokens are signed and checked with in this process; to be called before that.
pub(super) fn install() {
    // Whoever was here before has installed the same.
    let _ = PROVIDER.install_default();
}

/// Signs and checks with a key that both sides have.
struct Shared(hmac::Key);

/// Checks with a key that everybody may have.
struct Public {
    algorithm: Algorithm,
    key: DecodingKey,
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    match algorithm {
        Algorithm::HS256 if key.family() == algorithm.family() => {
            Ok(Box::new(shared(key.as_bytes())))
        }
        _ => Err(ErrorKind::InvalidKeyFormat.into()),
    }
}

/// Finds what checks with a key, which must be of the algorithm's own kind: a public key is no secret.
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    match algorithm {
        Algorithm::HS256 => Ok(Box::new(shared(key.try_get_as_bytes()?))),
        _ => Ok(Box::new(Public { algorithm: *algorithm, key: key.clone() })),
    }
}

fn shared(bytes: &[u8]) -> Shared {
    Shared(hmac::Key::new(hmac::HMAC_SHA256, bytes))
}

impl Signer<Vec<u8>> for Shared {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl JwtSigner for Shared {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Shared {
    fn verify(&self, message: &[u8], code: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        hmac::verify(&self.0, message, code).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Shared {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Public {
    fn verify(
        &self,
        message: &[u8],
        signed: &Vec<u8>,
    ) -> std::result::Result<(), signature::Error> {
        let failed = |_| signature::Error::new();
        let whole: &'static dyn ring_signature::VerificationAlgorithm = match self.algorithm {
            Algorithm::ES256 => &ring_signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::ES384 => &ring_signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::EdDSA => &ring_signature::ED25519,
            other => rsa(other).ok_or_else(signature::Error::new)?,
        };
        match (self.key.kind(), rsa(self.algorithm)) {
            (DecodingKeyKind::SecretOrDer(key), _) => {
                UnparsedPublicKey::new(whole, key).verify(message, signed).map_err(failed)
            }
            (DecodingKeyKind::RsaModulusExponent { n, e }, Some(parameters)) => {
                let key = ring_signature::RsaPublicKeyComponents { n, e };
                key.verify(parameters, message, signed).map_err(failed)
            }
            _ => Err(signature::Error::new()),
        }
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Finds how ring calls an algorithm of RSA.
fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &ring_signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &ring_signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &ring_signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7515 (appendices A.1 and A.3) and RFC 8037 (appendix A.4).
    const EXAMPLES: [(Algorithm, &str, &str); 3] = [
        (
            Algorithm::HS256,
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs\
             DQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
        (
            Algorithm::ES256,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
             cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            Algorithm::EdDSA,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ];

    fn key(algorithm: Algorithm) -> DecodingKey {
        const SECRET: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4h\
                              cgUuTwjAzZr1Z9CAow==";
        match algorithm {
            Algorithm::HS256 => DecodingKey::from_base64_secret(SECRET),
            Algorithm::ES256 => DecodingKey::from_ec_components(
                "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ),
            _ => DecodingKey::from_ed_components("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
        }
        .unwrap()
    }

    #[test]
    fn the_examples_of_the_standards_are_right_with_their_own_key_alone() {
        for (algorithm, message, signature) in EXAMPLES {
            for (other, ..) in EXAMPLES {
                let checked = verifier(&algorithm, &key(other)).and_then(|verifier| {
                    let bytes = base64::Engine::decode(
                        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
                        signature,
                    )
                    .unwrap();
                    let flipped: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
                    assert!(verifier.verify(message.as_bytes(), &flipped).is_err());
                    assert!(verifier.verify(b"another", &bytes).is_err());
                    let checked = verifier.verify(message.as_bytes(), &bytes);
                    checked.map_err(|_| ErrorKind::InvalidSignature.into())
                });
                assert_eq!(checked.is_ok(), other == algorithm, "{algorithm:?} by {other:?}");
            }
        }
    }

    #[test]
    fn only_one_algorithm_is_signed_with() {
        let key = EncodingKey::from_secret(b"secret");
        assert!(signer(&Algorithm::HS256, &key).is_ok());
        assert!(signer(&Algorithm::HS512, &key).is_err());
        assert!(signer(&Algorithm::EdDSA, &EncodingKey::from_ed_der(b"")).is_err());
    }
}
