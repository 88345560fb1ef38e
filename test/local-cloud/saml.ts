// SAML 2.0: makes a signed Response for a user, and verifies one for AssumeRoleWithSAML.
import { createHash, randomBytes } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { SignedXml } from 'xml-crypto';
import { AwsError } from './aws-error.ts';
import { SAML_AUDIENCE, SAML_PROVIDER } from './iam.ts';
import { privateKeyOf, rsaKeyOf } from './keys.ts';
import type { CloudKeys } from './keys.ts';
import { escapeXml } from './http-kit.ts';

export type SamlSubject = {
  readonly subject: string;
  readonly subjectType: string;
  readonly issuer: string;
  readonly audience: string;
  readonly nameQualifier: string;
  readonly sessionName: string;
  /** `roleArn,principalArn` pairs that the assertion grants. */
  readonly roles: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
};

export const SAML_ISSUER = 'urn:driftless:local-saml';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const ATTRIBUTE = 'https://aws.amazon.com/SAML/Attributes/';

/** A base64 Response with one signed assertion, persistent NameID and the attributes that AWS reads. */
export function makeSamlResponse(
  keys: CloudKeys,
  options: {
    readonly sub: string;
    readonly sessionName: string;
    readonly rolePairs: readonly string[];
    readonly tags: Readonly<Record<string, string>>;
    readonly nowMs: number;
    readonly lifetimeMs: number;
  },
): string {
  const at = (offsetMs: number): string => new Date(options.nowMs + offsetMs).toISOString();
  const attribute = (name: string, values: readonly string[]): string =>
    `<saml:Attribute Name="${escapeXml(name)}">${values.map((value) => `<saml:AttributeValue>${escapeXml(value)}</saml:AttributeValue>`).join('')}</saml:Attribute>`;
  const tags = Object.entries(options.tags).map(([name, value]) =>
    attribute(`${ATTRIBUTE}PrincipalTag:${name}`, [value]),
  );
  const assertion = [
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomBytes(16).toString('hex')}" Version="2.0" IssueInstant="${at(0)}">`,
    `<saml:Issuer>${SAML_ISSUER}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="${PERSISTENT}">${escapeXml(options.sub)}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(options.lifetimeMs)}" Recipient="${SAML_AUDIENCE}"/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${at(-60_000)}" NotOnOrAfter="${at(options.lifetimeMs)}"><saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
    '<saml:AttributeStatement>',
    attribute(`${ATTRIBUTE}Role`, options.rolePairs),
    attribute(`${ATTRIBUTE}RoleSessionName`, [options.sessionName]),
    ...tags,
    '</saml:AttributeStatement></saml:Assertion>',
  ].join('');
  const signer = new SignedXml({
    privateKey: privateKeyOf(rsaKeyOf(keys)),
    publicCert: keys.certificatePem,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
  });
  signer.addReference({
    xpath: "//*[local-name(.)='Assertion']",
    transforms: [ENVELOPED, EXCLUSIVE_C14N],
    digestAlgorithm: SHA256,
  });
  signer.computeSignature(assertion, {
    location: { reference: "//*[local-name(.)='Issuer']", action: 'after' },
  });
  const status =
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>';
  const head = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${randomBytes(16).toString('hex')}" Version="2.0" IssueInstant="${at(0)}" Destination="${SAML_AUDIENCE}">`;
  return Buffer.from(`${head}${status}${signer.getSignedXml()}</samlp:Response>`).toString('base64');
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', 400, message);
}

/** Reads only what the signature covers, so that nothing can be wrapped around or beside a genuine assertion. */
export function verifyAssertion(
  keys: CloudKeys,
  base64: string,
  nowMs: number,
  accountId: string,
): SamlSubject {
  const signed = signedAssertion(keys, Buffer.from(base64, 'base64').toString('utf8'));
  const parser = new XMLParser({
    ignoreAttributes: false,
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    isArray: (name) => name === 'Attribute' || name === 'AttributeValue',
  });
  const assertion = child(parser.parse(signed), 'Assertion');
  const conditions = child(assertion, 'Conditions');
  const notBefore = Date.parse(textOf(conditions, '@_NotBefore'));
  const notOnOrAfter = Date.parse(textOf(conditions, '@_NotOnOrAfter'));
  // Written so that an unreadable date refuses.
  if (!(nowMs >= notBefore)) throw invalid('The SAML assertion is not valid yet');
  if (!(nowMs < notOnOrAfter))
    throw new AwsError('ExpiredTokenException', 400, 'The SAML assertion has expired');
  const confirmation = child(
    child(child(assertion, 'Subject'), 'SubjectConfirmation'),
    'SubjectConfirmationData',
  );
  const issuer = textOf(assertion, 'Issuer');
  if (issuer !== SAML_ISSUER) throw invalid(`Issuer ${issuer} not present in specified provider`);
  const audience = textOf(confirmation, '@_Recipient');
  if (audience !== SAML_AUDIENCE) throw invalid('The SAML assertion is for another recipient');
  const nameId = child(child(assertion, 'Subject'), 'NameID');
  const attributes = attributesOf(child(assertion, 'AttributeStatement'));
  const sessionName = attributes.get(`${ATTRIBUTE}RoleSessionName`)?.[0];
  if (sessionName === undefined) throw invalid('RoleSessionName is required in AuthnResponse');
  const tagPrefix = `${ATTRIBUTE}PrincipalTag:`;
  return {
    subject: textOf(nameId, '#text'),
    subjectType: textOf(nameId, '@_Format').endsWith(':persistent') ? 'persistent' : 'transient',
    issuer,
    audience,
    nameQualifier: createHash('sha1').update(`${issuer}${accountId}/${SAML_PROVIDER}`).digest('base64'),
    sessionName,
    roles: attributes.get(`${ATTRIBUTE}Role`) ?? [],
    tags: new Map(
      [...attributes]
        .filter(([name]) => name.startsWith(tagPrefix))
        .map(([name, values]) => [name.slice(tagPrefix.length), values[0] ?? '']),
    ),
  };
}

function signedAssertion(keys: CloudKeys, xml: string): string {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw invalid('A document type is not allowed');
  const signatures = xml.match(/<(?:\w+:)?Signature[\s>][\s\S]*?<\/(?:\w+:)?Signature>/g) ?? [];
  const signature = signatures[0];
  if (signature === undefined || signatures.length !== 1)
    throw invalid('Exactly one signature is expected in the SAML response');
  // The key comes from the registered provider, never from the message's own KeyInfo.
  const verifier = new SignedXml({ publicCert: keys.certificatePem, getCertFromKeyInfo: () => null });
  let references: readonly string[] = [];
  try {
    verifier.loadSignature(signature);
    if (verifier.signatureAlgorithm !== RSA_SHA256)
      throw invalid('Response signature algorithm is not allowed');
    if (verifier.checkSignature(xml)) references = verifier.getSignedReferences();
  } catch (error) {
    throw invalid(`Response signature invalid: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  const signed = references[0];
  if (signed === undefined || references.length !== 1) throw invalid('Response signature invalid');
  return signed;
}

function child(node: unknown, name: string): unknown {
  if (typeof node === 'object' && node !== null && name in node)
    return (node as Readonly<Record<string, unknown>>)[name];
  throw invalid(`The SAML assertion lacks ${name}`);
}

function textOf(node: unknown, name: string): string {
  const value = child(node, name);
  if (typeof value === 'string') return value;
  throw invalid(`The SAML assertion lacks ${name}`);
}

function attributesOf(statement: unknown): ReadonlyMap<string, readonly string[]> {
  const list = child(statement, 'Attribute');
  const found = new Map<string, readonly string[]>();
  for (const item of Array.isArray(list) ? (list as readonly unknown[]) : []) {
    const values = child(item, 'AttributeValue');
    found.set(
      textOf(item, '@_Name'),
      (Array.isArray(values) ? (values as readonly unknown[]) : []).map((value) =>
        typeof value === 'string' ? value : textOf(value, '#text'),
      ),
    );
  }
  return found;
}
