#!/bin/sh
# Makes the keys and signatures beside it, with GnuPG 2.2 and Helm 3.17.3; the tests only read them.
# The keys are worth nothing: they sign what tests make, and their secrets are public.
set -eu
cd "$(dirname "$0")"
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill gpg-agent; rm -rf "$GNUPGHOME"' EXIT
# What slows down guessing of passphrases would slow down the tests.
echo s2k-count 65536 > "$GNUPGHOME/gpg-agent.conf"
run() { time=$1; shift; gpg --batch --yes --quiet --pinentry-mode loopback --faked-system-time "$time" "$@"; }
fingerprint() { gpg --batch --with-colons --list-keys "$1" | awk -F: '$1 == "fpr" { print $10; exit }'; }

# rsa signs with its only key; locked has a key to certify and one to sign, behind a passphrase.
run 20240101T000000 --passphrase '' --quick-generate-key 'Rsa Signer <rsa@example.com>' rsa2048 cert,sign never
run 20240101T000000 --passphrase 'open sesame' --quick-generate-key 'Locked Signer <locked@example.com>' ed25519 cert never
run 20240101T000000 --passphrase 'open sesame' --quick-add-key "$(fingerprint locked@)" ed25519 sign never
run 20240101T000000 --passphrase '' --quick-generate-key 'Other <other@example.com>' ed25519 sign never
run 20200101T000000 --passphrase '' --quick-generate-key 'Old <old@example.com>' ed25519 sign 1y
run 20240101T000000 --passphrase '' --quick-generate-key 'Revoked <revoked@example.com>' ed25519 sign never

for key in rsa locked; do
    run 20240102T000000 --passphrase 'open sesame' --export-secret-keys "$key@" > "$key.secret.gpg"
done
run 20240102T000000 --passphrase 'open sesame' --export-secret-subkeys locked@ > subkey.secret.gpg
for key in rsa locked other; do run 20240102T000000 --export "$key@" > "$key.gpg"; done
run 20240102T000000 --armor --export rsa@ locked@ > both.asc

sum=1297783f14ad2f7c34453809600283153b41786372379fdaad928f6cca466fdb
printf 'description: |2-\n  -----x  \n- keywords\nname: demo\nversion: 0.1.0\n\n...\nfiles:\n  demo-0.1.0.tgz: sha256:%s\n' $sum > text
sign() { time=$1; out=$2; shift 2; run "$time" --passphrase "open sesame" --output "$out" "$@" --clear-sign text; }
sign 20240201T000000 gpg.prov -u locked@
sign 20240201T000000 two.prov -u other@ -u rsa@
sign 20240201T000000 weak.prov -u rsa@ --digest-algo SHA1
sign 20240201T000000 short-lived.prov -u rsa@ --default-sig-expire 2d
sign 20240201T000000 revoked.prov -u revoked@
sign 20200601T000000 old.prov -u old@
rm text

# The key as it was, which has expired since; and as if it had expired before it signed.
run 20240102T000000 --export old@ > old.gpg
run 20200201T000000 --passphrase '' --quick-set-expire "$(fingerprint old@)" 20200301T000000
run 20240102T000000 --export old@ > older.gpg
sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$(fingerprint revoked@).rev" | run 20240301T000000 --import
run 20240302T000000 --export revoked@ > revoked.gpg

mkdir "$GNUPGHOME/demo"
printf 'apiVersion: v2\nname: demo\nversion: 0.1.0\ndescription: dash -  -----BEGIN\nkeywords: [one, two]\n' > "$GNUPGHOME/demo/Chart.yaml"
helm package "$GNUPGHOME/demo" --sign --key rsa@ --keyring rsa.secret.gpg --destination . > /dev/null
mv demo-0.1.0.tgz.prov helm.prov
rm demo-0.1.0.tgz
