// Uses the libraries that cosign's users have to verify what immure signed. Works offline: no transparency log, no
// certificate.
//   sigstore.mjs MODULES KEY.pub ENVELOPE...      each may be a DSSE envelope or a Sigstore bundle; prints `verified` or why not
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, keyFile, ...files] = process.argv.slice(2);
const require = createRequire(modules + '/');
const { bundleFromJSON, toDSSEBundle } = require('@sigstore/bundle');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const publicKey = createPublicKey(readFileSync(keyFile));
const trusted = toTrustMaterial(
  { tlogs: [], ctlogs: [], timestampAuthorities: [], certificateAuthorities: [], mediaType: '' },
  () => ({ publicKey, validFor: () => true }),
);
const verifier = new Verifier(trusted, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });

function bundleOf(file) {
  const read = JSON.parse(readFileSync(file, 'utf8'));
  if (read.mediaType) return bundleFromJSON(read);
  return toDSSEBundle({
    artifact: Buffer.from(read.payload, 'base64'),
    artifactType: read.payloadType,
    signature: Buffer.from(read.signatures[0].sig, 'base64'),
    keyHint: read.signatures[0].keyid,
    singleCertificate: true,
  });
}

for (const file of files) {
  try {
    verifier.verify(toSignedEntity(bundleOf(file)));
    console.log(`verified ${file}`);
  } catch (error) {
    console.log(`refused ${file}: ${error.code ?? ''} ${error.message}`);
  }
}
