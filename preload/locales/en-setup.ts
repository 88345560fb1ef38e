// English texts of setting up and of what an account can reach: connection profiles, isolation, the clock.
import { joinTexts } from './lookup.ts';
import type { Catalogue } from './lookup.ts';

const sources: Catalogue = {
  'setup.title': 'Connect with a profile',
  'setup.text':
    'Your administrator has a connection profile for you: a small file, or a link. You see all of it before anything happens.',
  'setup.drop': 'Drop the file here, or choose it.',
  'setup.choose': 'Choose a profile…',
  'setup.or': 'or',
  'setup.link': 'Paste the link',
  'setup.show': 'Show',
  'setup.another': 'Add another connection…',
  'setup.linkRefused': 'A link was refused.',
};

const proposal: Catalogue = {
  'proposal.title': 'Connect to {issuer}?',
  'proposal.who': 'You sign in at {issuer}.',
  'proposal.where': 'Your files go to the bucket {bucket} on AWS.',
  'proposal.whereAt': 'Your files go to the bucket {bucket} at {host}.',
  'proposal.shared': 'Not yours alone: everyone with access to {place} sees and changes these files, too.',
  'proposal.details': 'All details',
  'proposal.from.file':
    'This is all that the file would set up. Nothing has happened yet. Accept it only if it is what your administrator told you.',
  'proposal.from.link':
    'This is all that the link would set up. Nothing has happened yet. A link can come from anyone: accept it only if it is what your administrator told you.',
  'proposal.refusedTitle': 'A profile for {issuer} was refused',
  'proposal.refusedText': 'This is all that it would have set up. Nothing has happened.',
  'proposal.refused': 'It cannot be accepted, because:',
  'proposal.known': 'This is the account “{account}”, which is here already. Accepting adds a folder to it.',
  'proposal.needsServer':
    'Your credentials would come from a server that your organisation runs. Its operator could act in your name.',
  'proposal.foreign': 'Neither AWS nor the sign-in service’s own domain.',
  'proposal.folder': 'Folder on this computer',
  'proposal.folder.hint':
    'It is made if it is not there. The first sync only merges: it removes nothing on either side.',
  'proposal.folder.roots': 'It may be here or below: {roots}',
  'proposal.teamFolder': 'Folder on this computer for the team folder {prefix}',
  'proposal.chooseFolder': 'Choose another…',
  'proposal.typeHost': 'Type {host} to trust it',
  'proposal.typeHost.hint':
    'Your sign-in or your files would go there. Type the name only if your administrator gave it to you.',
  'proposal.typeAccount': 'Type the 12 digits of the AWS account',
  'proposal.typeAccount.hint':
    'The owner of this account can read your files there. Take the digits from your administrator, not from above.',
  'proposal.next': 'Your browser opens next, for you to sign in.',
  'proposal.nextDialog': 'You are asked once more, and then your browser opens for you to sign in.',
  'proposal.preview':
    'Nothing is synced before you have seen what would happen. An empty folder starts at once.',
  'proposal.accept': 'Accept and sign in',
  'proposal.addFolder': 'Add the folder',
  'proposal.reject': 'Decline',
};

/** Each fact by name, and what it means. */
const facts: Catalogue = {
  'facts.sign-in': 'Who you sign in with',
  'facts.access': 'What that gives you',
  'facts.storage': 'Where your files go',
  'fact.name': 'Name here',
  'fact.name.text': 'What this account is called on this computer.',
  'fact.issuer': 'Sign-in service',
  'fact.issuer.text': 'You sign in here, in your browser. Driftless never sees your password.',
  'fact.clientId': 'Client id',
  'fact.clientId.text': 'The name that Driftless has at the sign-in service.',
  'fact.scopes': 'Asks for',
  'fact.scopes.text': 'What the sign-in service tells Driftless about you.',
  'fact.redirectUri': 'Comes back to',
  'fact.redirectUri.text': 'An address on this computer at which the sign-in ends.',
  'fact.param': 'Also says',
  'fact.param.text': 'Sent to the sign-in service with the request.',
  'fact.exchange': 'Access by',
  'fact.exchange.text': 'How your sign-in is traded for access that ends by itself.',
  'value.exchange.web-identity': 'AWS, or a store like it, checks your sign-in itself',
  'value.exchange.delegation': 'A server of your organisation trades your sign-in',
  'value.exchange.saml': 'A server of your organisation turns your sign-in into a SAML assertion',
  'value.exchange.access-grants': 'AWS checks your sign-in itself, then S3 Access Grants opens each folder',
  'value.exchange.cognito': 'An Amazon Cognito identity pool',
  'fact.roleArn': 'Role',
  'fact.roleArn.text': 'Says what you may do, and in which account.',
  'fact.principalArn': 'Provider in AWS',
  'fact.principalArn.text': 'Vouches for you there.',
  'fact.stsEndpoint': 'Credentials from',
  'fact.stsEndpoint.text': 'Your sign-in is sent to this address.',
  'fact.delegationUrl': 'Credentials from',
  'fact.delegationUrl.text': 'Your sign-in is sent to this address.',
  'fact.assertionUrl': 'Assertion from',
  'fact.assertionUrl.text': 'Your sign-in is sent to this address.',
  'fact.controlEndpoint': 'Folders opened by',
  'fact.controlEndpoint.text':
    'Your access to AWS is shown to this address, which gives the credentials of each shared folder.',
  'fact.cognitoEndpoint': 'Credentials from',
  'fact.cognitoEndpoint.text': 'Your sign-in is sent to this address.',
  'fact.target': 'Target',
  'fact.target.text': 'The application that the server is asked for.',
  'fact.exchangeClientId': 'Client id there',
  'fact.exchangeClientId.text': 'Whom your sign-in must be meant for.',
  'fact.durationSeconds': 'Access lasts',
  'fact.durationSeconds.text': 'After that it ends, and is renewed while you are signed in.',
  'fact.sessionPolicy': 'Narrowed by',
  'fact.sessionPolicy.text': 'A policy that allows less than the role does.',
  'fact.identityPoolId': 'Identity pool',
  'fact.identityPoolId.text': 'Trades your sign-in for access.',
  'fact.loginKey': 'Provider’s name there',
  'fact.loginKey.text': 'What the pool calls the sign-in service.',
  'fact.accountId': 'AWS account',
  'fact.accountId.text': 'Owns the bucket. Its owner can read what is in it.',
  'fact.bucket': 'Bucket',
  'fact.bucket.text': 'Holds your files.',
  'fact.prefix': 'Your part of it',
  'fact.prefix.text': 'The part in braces is replaced by your user id once you are signed in.',
  'fact.teamFolder': 'Team folder',
  'fact.teamFolder.text':
    'Shared with all who have this access; it gets a folder of its own on this computer.',
  'fact.region': 'Region',
  'fact.region.text': 'Where the bucket is.',
  'fact.store': 'Store',
  'fact.store.text': 'At AWS’s own address.',
  'value.aws': 'Amazon S3',
  'fact.s3Endpoint': 'Store',
  'fact.s3Endpoint.text': 'Your files are sent to this address instead of AWS.',
  'fact.pathStyle': 'Bucket in the path',
  'fact.pathStyle.text': 'How the store’s addresses are written.',
  'value.yes': 'Yes',
};

const account: Catalogue = {
  'isolation.reaches-more.title': 'you can reach more than your own files',
  'isolation.reaches-more.text': 'Your part of the bucket is {prefix}, but your role may also:',
  'isolation.whole-bucket.title': 'you share the whole bucket',
  'isolation.whole-bucket.text':
    'The prefix is the whole bucket: everybody with this role sees and changes the same files.',
  'isolation.advice': 'Others may reach your files in the same way. Tell your administrator.',
  'isolation.reached': 'What the role may reach',
  'isolation.action.list': 'list {place}',
  'isolation.action.list-versions': 'list older versions in {place}',
  'isolation.action.list-uploads': 'list unfinished uploads in {place}',
  'isolation.action.read-bucket-policy': 'read the bucket’s policy',
  'isolation.action.read': 'read {place}',
  'isolation.place.own': 'your own part',
  'isolation.place.root': 'the whole bucket',
  'isolation.place.parent': 'the folder above yours',
  'isolation.place.neighbour': 'a folder whose name begins like yours',
  'isolation.place.sibling': 'a folder beside yours',
  'isolation.place.canary': 'an object that must not be readable',
  'isolation.not-checked.calm': 'Not checked yet whether you reach more than your own files.',
  'isolation.unknown.calm': 'The store did not say whether you reach more than your own files.',
  'isolation.no-sign.calm': 'Checked: as far as can be seen, you reach your own files only.',
  'isolation.reaches-more.calm': 'You can reach more than your own files.',
  'isolation.whole-bucket.calm': 'You share the whole bucket.',
  'clock.behind':
    'This computer’s clock is {duration} behind. Driftless allows for that; other programs may not. Set it right.',
  'clock.ahead':
    'This computer’s clock is {duration} ahead. Driftless allows for that; other programs may not. Set it right.',
};

/** Why a profile or a folder is refused; each goes into a sentence or a list. */
const reasons: Catalogue = {
  'reason.not-url': '{field} is not a URL',
  'reason.not-https': '{field} must start with https://',
  'reason.names-user': '{field} must not contain a user name or password',
  'reason.names-port': '{field} must not name a port',
  'reason.has-query': '{field} must not have a query or a fragment',
  'reason.has-path': '{field} must not have a path',
  'reason.too-long': '{field} must be at most 255 characters',
  'reason.wildcards': '{field} must not contain wildcards, spaces or policy variables',
  'reason.odd-host': '{field} must name its host with letters, digits, dots and hyphens only',
  'reason.dot-at-end': '{field} must not end its host with a dot',
  'reason.no-name': '{field} must be a public name, not an address',
  'reason.not-public': '{field} must be a public name that AWS can reach',
  'reason.not-allowed': '{field} is not one that the administrator of this machine allows',
  'reason.no-region': '{field} is not one of AWS, such as "eu-central-1"',
  'reason.foreign-in-link':
    '{field} names {host}, which is neither AWS nor the provider’s own address; such a profile must come as a file',
  'reason.links-off': 'links are switched off on this machine by its administrator',
  'reason.missing': '{field} is missing',
  'reason.other-account': 'accountId is not the account in {field} ({account})',
  'reason.repoints':
    'the account "{account}" already uses this issuer and client id, with another target; a profile never changes it',
  'reason.name-taken': 'there is another account called "{account}"',
  'reason.unknown-key': '{field} is an unknown key',
  'reason.unknown-kind': '{field} is not one of the kinds that exist',
  'reason.not-valid': '{field} {detail}',
  'reason.file-too-large': 'the file is too large',
  'reason.link-too-long': 'the link is too long',
  'reason.link-unknown': 'the link is not driftless://connect?profile=...',
  'reason.link-damaged': 'the link is damaged',
  'reason.not-json': 'it is not JSON',
  'reason.no-whole-path': 'it must be a whole path, from the root of the disk or from ~',
  'reason.folder-not-made': 'it cannot be made there',
  'reason.folder-unseen': 'it cannot be looked at',
  'reason.folder-is-drive': 'it is a whole drive; choose or make a folder on it',
  'reason.folder-is-home': 'it is your home folder or contains it; choose or make a folder in it',
  'reason.folder-of-app': 'Driftless keeps its own files there',
  'reason.folder-is-file': 'it is a file',
  'reason.folder-overlaps': 'it overlaps {folder}, which is synced already',
  'reason.folder-elsewhere': 'this page may choose folders below {roots} only',
};

const errors: Catalogue = {
  'error.profile-refused': 'This profile was refused: {reason}.',
  'error.profile-too-large':
    'This is too large for a profile. Choose the file that your administrator gave you.',
  'error.proposal-waiting':
    'Another profile waits for your answer. Accept or decline it first, then open the link again.',
  'error.proposal-gone': 'This profile is no longer waiting. Choose it or open its link again.',
  'error.link-refused':
    'It came with more than a link may say. Ask your administrator for the profile as a file.',
  'error.setup-closed':
    'This page cannot set up another account. The user who runs Driftless on this computer can accept the profile.',
  'error.setup-refused': 'This cannot be set up: {reason}.',
  'error.folder-refused': 'This folder cannot be used: {reason}.',
  'error.host-not-typed': 'Type {host} in its field, if your administrator told you to trust it.',
  'error.account-not-typed':
    'The 12 digits are not those of this profile. Compare them with your administrator’s.',
};

const own: Catalogue = {
  'own.title': 'I have an AWS account of my own',
  'own.step.app':
    'At your sign-in service, register Driftless as a native (public) application with the redirect address {address}.',
  'own.step.fields': 'Fill in the fields below. Nothing is sent anywhere yet.',
  'own.step.stack':
    'Deploy the template in the AWS console under CloudFormation: “Create stack”, then upload it as a file. It makes the bucket, the sign-in provider and a role that reaches only one’s own files.',
  'own.step.connect': 'Review the connection, and sign in.',
  'own.issuer': 'Sign-in service (issuer)',
  'own.issuer.hint': 'Its address exactly as it states it, such as https://login.example.com/',
  'own.clientId': 'Client id',
  'own.clientId.hint': 'The sign-in service shows it for the application that you registered.',
  'own.awsAccount': 'AWS account',
  'own.awsAccount.hint': 'Its 12 digits; the AWS console shows them at the top right.',
  'own.bucket': 'Bucket',
  'own.bucket.hint': 'A name that no other bucket has. The template makes the bucket.',
  'own.region': 'Region',
  'own.region.hint': 'Where the bucket is to be, such as eu-central-1',
  'own.subject': 'Your user id at the sign-in service',
  'own.subject.hint': 'The “sub” that it states for you: then the role is for you alone.',
  'own.everyone': 'Everyone with an account at this sign-in service belongs to me and may connect',
  'own.template': 'CloudFormation template',
  'own.copy': 'Copy template',
  'own.connect': 'Review the connection',
  'own.problem.issuer-https': 'Type an address that begins with https://',
  'own.problem.issuer-private': 'AWS must reach it: type a public name, no address in a private network.',
  'own.problem.issuer-plain':
    'Type it without port, user name, query or special characters: AWS refuses those.',
  'own.problem.issuer-unusable':
    'This service is shared by many organisations, and AWS cannot tell them apart. Use an issuer of your own.',
  'own.problem.client-id': 'Type the one client id, without spaces or wildcards.',
  'own.problem.account': 'Type the 12 digits of the account.',
  'own.problem.bucket': 'Use 3 to 63 lower-case letters, digits, dots and hyphens.',
  'own.problem.region': 'Type the code of a region, such as eu-central-1',
  'own.problem.subject-missing': 'Type your user id, or confirm below that everyone there may connect.',
  'own.problem.subject-shared': 'Anyone can have an account at this service, so your user id is needed.',
  'own.problem.subject-name': 'This user id cannot be the name of a folder in the bucket.',
  'own.problem.refused': 'No template can be made of this. Check the user id.',
  'own.neither.title': 'I have neither',
  'own.neither.text':
    'Driftless keeps your files in a storage bucket of your own, and you reach it with a sign-in of your own. It needs both:',
  'own.neither.signIn':
    'a sign-in service that speaks OpenID Connect, such as Keycloak, Auth0, Okta or Microsoft Entra ID. Several have a free tier.',
  'own.neither.store':
    'an AWS account, which pays for the storage, or a profile from an organisation that has one.',
  'own.neither.demo':
    'To try Driftless without either, its source code has a demo with a cloud that runs on your computer alone. This app does not contain it: you need Git and Node.js, and the README has the steps.',
  'proposal.from.form': 'This is all that would be set up, from what you typed. Nothing has happened yet.',
  'done.copyOwnTemplate': 'The template is on the clipboard.',
  'error.own-incomplete': 'Something is missing above.',
};

export const enSetup: Catalogue = joinTexts(sources, own, proposal, facts, account, reasons, errors);
