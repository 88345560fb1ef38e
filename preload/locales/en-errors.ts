// English sentences for every code an error, guard or notice can carry: what happened, then what to do about it.
import { enQuestions } from './en-questions.ts';
import { joinTexts } from './lookup.ts';
import type { Catalogue } from './lookup.ts';

/** Sign-in, credentials and settings. */
const identityErrors: Catalogue = {
  'error.config-invalid': 'A setting is not valid. Correct config.json and start Driftless again.',
  'error.config-missing': 'There are no settings yet. Open a connection profile.',
  'error.url-refused':
    'The sign-in service gave an address that is not safe to open. Ask your administrator to check the account.',
  'error.secrets-unavailable':
    'The system keychain cannot be reached, so your sign-in cannot be kept. Unlock it and sign in again.',
  'error.secrets-unsafe':
    'This system has no safe place for your sign-in. Set up a keychain (such as GNOME Keyring or KWallet), then sign in again.',
  'error.needs-sign-in': 'You are not signed in. Sign in to sync.',
  'error.sign-in-cancelled': 'The sign-in was cancelled. Start it again when you are ready.',
  'error.sign-in-timeout': 'The sign-in was not finished in time. Start it again.',
  'error.sign-in-denied':
    'The sign-in service refused. Check that you used the right account, or ask your administrator for access.',
  'error.sign-in-unreachable': 'The sign-in service cannot be reached, so you are not signed in. Try again.',
  'error.sign-in-failed': 'The sign-in did not work. Try again; if it keeps failing, ask your administrator.',
  'error.sign-out-not-revoked':
    'You are signed out here, but the sign-in service could not be told. End the session there; Driftless tells it at its next start.',
  'error.browser-unavailable':
    'The browser could not be opened. Check that a default browser is set, then try again.',
  'error.port-in-use': 'Another program uses the port that is needed. Close it, then try again.',
  'error.issuer-unreachable': 'The sign-in service cannot be reached. Driftless tries again by itself.',
  'error.issuer-invalid':
    'The sign-in service answers with settings that do not fit this account. Ask your administrator to check the issuer.',
  'error.issuer-lacks-feature':
    'The sign-in service does not offer this way of signing in. Ask your administrator to switch it on.',
  'error.no-id-token':
    'The sign-in service sent no identity token. Ask your administrator to allow the “openid” scope for Driftless.',
  'error.token-invalid': 'The sign-in could not be verified and was not used. Sign in again.',
  'error.token-expired': 'The sign-in has expired. Sign in again.',
  'error.token-algorithm':
    'The sign-in service signs with a method that is not accepted. Ask your administrator to use RS256 or ES256.',
  'error.token-file-unreadable':
    'The token file cannot be read. Check that it exists and that you may read it.',
  'error.clock-skew': 'This computer’s clock is wrong. Set it to the right time, then sign in again.',
  'error.subject-unsafe':
    'Your user id contains characters that cannot name a folder in the bucket. Ask your administrator to use a tag instead.',
  'error.prefix-unsafe': 'The bucket path of this folder is not valid. Correct “prefix” in the settings.',
  'error.exchange-unreachable':
    'AWS credentials cannot be fetched right now. Driftless tries again by itself.',
  'error.exchange-throttled': 'The credentials service is busy. Driftless tries again by itself.',
  'error.exchange-denied':
    'You are signed in, but the role does not let you in. Ask your administrator to check its trust policy.',
  'error.exchange-role-missing':
    'The role does not exist. Ask your administrator to check the role in the settings.',
  'error.exchange-audience':
    'The role does not accept this app’s client id. Ask your administrator to add it to the identity provider in AWS.',
  'error.exchange-token-rejected':
    'AWS did not accept your sign-in. Sign in again; if it stays, ask your administrator.',
  'error.exchange-request-invalid':
    'The credentials service did not understand the request. Ask your administrator to check the account’s settings.',
  'error.exchange-provider-unreachable':
    'AWS cannot reach the sign-in service to check your identity. Driftless tries again by itself.',
  'error.exchange-response-invalid':
    'The credentials service gave an answer that cannot be used. Ask your administrator to check its address.',
  'error.grant-missing':
    'You are signed in, but have no access to this shared folder. Ask your administrator for a grant to it.',
  'error.grant-unavailable':
    'S3 Access Grants is not set up for this folder. Ask your administrator to check its instance and location role.',
  'error.aws-profile-unusable':
    'The AWS profile of this account gives no credentials that can be used. Try it with the AWS CLI, or ask your administrator.',
  'error.principal-changed':
    'This folder belongs to another user. Sign in as that user, or set up a new folder.',
  'error.lock-busy': 'Another Driftless on this computer is using these settings. Close it, then try again.',
};

/** Why one file or folder waits. The codes are the engine's words for what it knows of a path, and what a store or a disk answered. */
const fileErrors: Catalogue = {
  'error.ignored': 'Left out by an ignore rule.',
  'error.excluded': 'Left out by your settings.',
  'error.unreadable': 'This cannot be read. Give your user permission to read it.',
  'error.symlink': 'This is a link to another place and is not followed. Move the real file here to sync it.',
  'error.link-clash':
    'In the bucket this name is a link that another program made, so what you have here is not synced. Rename it to sync it.',
  'error.special-file':
    'This is not an ordinary file (a socket, pipe or device), so it stays on this computer only.',
  'error.other-device':
    'Another disk is mounted here, so it is left alone. Give it a folder of its own to sync it.',
  'error.name-clash': 'Two names here count as the same one. Rename one of them.',
  'error.case-clash':
    'Two names differ only in capital letters, and this disk cannot hold both. Rename one of them.',
  'error.awaits-new-name':
    'This has another name on one side, and that name cannot be synced yet, so the old one stays. See the other problem.',
  'error.file-folder-clash': 'A file and a folder have the same name. Rename one of them.',
  'error.name-reserved': 'This name is reserved by the system. Rename it to sync it.',
  'error.name-too-long': 'This name is too long for the other side. Give it a shorter one.',
  'error.name-invalid': 'This name has characters that cannot be synced. Rename it.',
  'error.not-scanned': 'This has not been looked at yet. It is looked at in the next check.',
  'error.incomplete-listing':
    'The bucket could not be listed completely, so nothing here is removed. Driftless lists it again.',
  'error.changing': 'This file keeps changing. It is uploaded as soon as it rests.',
  'error.contains-unknown':
    'Something inside this folder waits, so the folder waits too. See the other problems.',
  'error.bucket-missing': 'The bucket does not exist. Check its name in the settings.',
  'error.not-found': 'This is not there any more. It is looked at again in the next check.',
  'error.disk-full': 'The disk is full. Free some space; syncing then resumes by itself.',
  'error.quota-exceeded': 'There is no room left in the storage. Ask your administrator for more.',
  'error.file-too-large': 'This file is larger than the storage can hold.',
  'error.network': 'The connection was lost. Driftless tries again by itself.',
  'error.offline': 'There is no connection. Syncing resumes when there is one.',
  'error.timeout': 'The storage did not answer in time. Driftless tries again by itself.',
  'error.folder-missing': 'The folder is not there. Put it back, or connect the disk that it is on.',
  'error.watch-limit':
    'The system cannot watch this many folders, so changes are found more slowly. Raise fs.inotify.max_user_watches.',
};

/** What the disk, the store and the engine's own records answer. */
const engineErrors: Catalogue = {
  'error.local-busy': 'Another program is using this file. Close it; Driftless tries again by itself.',
  'error.ignore-file-unread':
    'The ignore rules in this file cannot be read, or are larger than 256 KiB. The rules that it had last apply.',
  'error.local-denied': 'The system does not allow this. Check the permissions of the file and its folder.',
  'error.local-exhausted':
    'The disk is full or too many files are open. Free some space; syncing then resumes by itself.',
  'error.local-failed': 'The disk reported a fault. Driftless tries again; check the disk if this stays.',
  'error.local-gone': 'This is not there any more. It is looked at again in the next check.',
  'error.local-io': 'The disk could not read or write this. Check the disk; Driftless tries again by itself.',
  'error.local-misuse': 'Something went wrong inside Driftless, and nothing was changed. The log says more.',
  'error.local-name-refused': 'This disk does not take this name. Rename it in the bucket.',
  'error.local-read-only': 'This disk can only be read. Make it writable, or use the mode “upload only”.',
  'error.local-room-unsafe':
    'Driftless’s own folder “.driftless” is not safe to use. Make sure it is an ordinary folder that belongs to you.',
  'error.local-too-large': 'This file is larger than this disk can hold. Use another disk for this folder.',
  'error.local-worker-failed': 'Looking through the folder failed. Driftless tries again by itself.',
  'error.connection-lost': 'The connection was lost. Driftless tries again by itself.',
  'error.endpoint-unreachable': 'The storage cannot be reached. Driftless tries again by itself.',
  'error.proxy-login':
    'Your network’s proxy wants a user name and password. Ask your administrator how to log in to the proxy.',
  'error.tls-failed':
    'A secure connection could not be made. Driftless tries again; ask your administrator if it stays.',
  'error.tls-untrusted':
    'Something between here and the server shows a certificate that is not trusted, as the login page of a public network does. Log in to the network; in a company, ask for its certificate authority. Driftless tries again by itself.',
  'error.slow-down': 'The storage asks to go slower. Driftless tries again by itself.',
  'error.bucket-wrong-region': 'The bucket is in another region. Correct “region” in the settings.',
  'error.no-progress':
    'A step for this file is refused again and again without a reason. Driftless tries again later.',
  'error.remote-archived': 'This file is archived in the storage. Restore it there first.',
  'error.remote-changed': 'This changed in the bucket meanwhile. It is looked at again at once.',
  'error.remote-denied': 'You are not allowed to do this in the bucket. Ask your administrator for access.',
  'error.remote-failed': 'The storage has a problem of its own. Driftless tries again by itself.',
  'error.remote-full': 'There is no room left in the storage. Ask your administrator for more.',
  'error.remote-invalid-answer':
    'The storage gave an answer that cannot be used. Driftless tries again by itself.',
  'error.remote-name-too-long': 'This name is too long for the storage. Give it a shorter one.',
  'error.remote-refused':
    'The storage refused this request. Ask your administrator to check the bucket’s settings.',
  'error.remote-busy':
    'The storage is busy with another change of the same file. Driftless tries again by itself.',
  'error.remote-unavailable': 'The storage does not answer. Driftless tries again by itself.',
  'error.object-too-large': 'This file is larger than the storage can hold. Split it to sync it.',
  'error.outcome-unknown':
    'The storage did not say whether this worked. Driftless checks again before it continues.',
  'error.upload-gone': 'The upload that was under way is gone from the storage. Driftless starts it again.',
  'error.content-mismatch':
    'The bytes that arrived were not the ones that were sent, so they were not kept. Driftless tries again.',
  'error.key-refused':
    'This name in the bucket would not stay inside the folder, so it is left alone. Rename it there.',
  'error.credentials-expired': 'The AWS session ended. Driftless renews it by itself.',
  'error.credentials-refused':
    'The storage does not accept your session. Sign in again; if it stays, ask your administrator.',
  'error.signature-refused':
    'The storage did not recognise the request for this file. Something in front of it may change such names; rename the file, or ask your administrator.',
  'error.credentials-disabled':
    'Handing out credentials is switched off for this account. Allow other tools in the settings.',
  'error.aws-profile-taken': 'An AWS profile of this name exists already. Choose another name.',
  'error.other-principal':
    'This folder belongs to {owner}. Sign in as that user, or use another folder for the user who is signed in now.',
  'error.root-missing':
    'The folder is not there; the disk may not be connected. Connect it, or put the folder back. Syncing then resumes by itself; nothing is removed until then.',
  'error.root-unreadable': 'The folder cannot be read. Give your user permission to read it.',
  'error.root-not-a-folder': 'A file stands where the folder was. Move it away and put the folder back.',
  'error.root-changed': 'Another folder stands where the synced one was. Driftless scans it again.',
  'error.root-away':
    'The folder is not the one that was synced; the disk may not be connected. Connect it, or put the folder back. Syncing then resumes by itself; nothing is removed until then.',
  'error.root-marker-unreadable':
    'Driftless’s mark in this folder cannot be read. Check the permissions of “.driftless”.',
  'error.bucket-marker-damaged':
    'Driftless’s mark in the bucket is damaged. Ask your administrator to restore it.',
  'error.engine-running':
    'Another Driftless is already running with these settings. Use that one, or close it first.',
  'error.state-busy': 'Driftless’s records are in use. Close other copies of Driftless, then try again.',
  'error.state-corrupt':
    'Driftless’s records of this folder are damaged. Move its .db file in the “pairs” folder of the settings away: the next sync compares both sides again and removes nothing.',
  'error.state-misuse': 'Something went wrong inside Driftless, and nothing was changed. The log says more.',
  'error.state-newer': 'The records were written by a newer Driftless. Install that version.',
  'error.state-rename-invalid':
    'Something went wrong inside Driftless, and nothing was changed. The log says more.',
  'error.state-unavailable':
    'Driftless’s records cannot be opened. Check that its settings folder can be written.',
  'error.trash-item-gone': 'This is not in the trash any more.',
  'error.page-not-built': 'The page is missing from this copy of Driftless. Install it again.',
  'error.profile-invalid': 'The profile is not valid. Ask your administrator for a new one.',
  'error.usage': 'This was not understood.',
  'error.paused': 'This is paused. Resume it to go on.',
  'error.restarted': 'This was interrupted by a restart and continues by itself.',
  'error.stopping': 'Driftless is closing. Syncing continues when it is started again.',
};

/** Answers to something that was clicked. */
const requestErrors: Catalogue = {
  'error.no-page': 'This engine runs without a page.',
  'error.unknown-request': 'This page and the app are of different versions. Reload the page.',
  'error.bad-request': 'The app did not understand the request. Reload the page and try again.',
  'error.unknown-account': 'This account is not there any more. Reload the page.',
  'error.unknown-pair': 'This folder is not there any more. Reload the page.',
  'error.pair-not-running': 'This folder is not being synced right now. Try again when it is.',
  'error.not-on-this-machine': 'The folder is on the computer where Driftless runs. Open it there.',
  'error.forbidden': 'This page may not ask for that. Open Driftless’s own page.',
  'error.unknown-guard':
    'What would be synced has changed since you were asked. Look at the new question first.',
  'error.guard-expired':
    'What would be synced has changed since you were asked. Look at the new question first.',
  'error.unknown-trash-entry': 'This is not in the trash any more.',
  'error.not-supported': 'This cannot be done here. Use the desktop app.',
  'error.not-reachable': 'Driftless cannot be reached from this page. Check that it is running.',
  'error.access-ended': 'This page’s link has ended. Open a new one from where Driftless was started.',
  'error.cancelled': 'This was cancelled.',
  'error.rate-limited': 'That was a lot of clicks. Wait a moment, then try again.',
  'error.unexpected-value': 'Something unexpected happened. Try again; if it stays, the log says more.',
  'error.internal': 'Something went wrong inside Driftless. Try again; if it stays, the log says more.',
  'error.unknown': 'Something went wrong ({code}). Driftless tries again by itself; the log says more.',
};

/** Things worth knowing that stop nothing. */
const notices: Catalogue = {
  'notice.state-restored':
    'The disk or the records were restored from a backup, so this run only merges and removes nothing.',
  'notice.merge-only': 'This run only merges: it removes nothing on either side.',
  'notice.trash-trimmed': 'The trash was full, so its oldest files were removed.',
  'notice.watch-limit': 'The system cannot watch this many folders, so changes are found a little later.',
  'notice.watch-deaf':
    'This folder is on a network, FUSE or other file system that does not report every change, so it is scanned every minute.',
  'notice.live-database':
    'A program has a database in this folder open. Its copy in the bucket may not be usable until the program closes it.',
  'notice.metered': 'This connection is metered, so large files wait.',
  'notice.watch-failed':
    'Changes in this folder are found by looking now and then, a little later than usual.',
  'notice.ignore-lines-refused':
    'The ignore file is too long or has too many wildcards, so some of its lines have no effect.',
  'notice.rules-changed':
    'The ignore rules have changed, so this run only merges: it removes nothing on either side.',
  'notice.space-changed':
    'The bucket was set up again since the last sync, so this run only merges: it removes nothing on either side.',
  'notice.root-marker-missing':
    'You said that this is the right folder. This run only merges: it removes nothing on either side.',
  'notice.root-marker-foreign':
    'You said that this is the right folder. This run only merges: it removes nothing on either side.',
  'notice.offline-waiting': {
    one: '{count} file waits for the connection.',
    other: '{count} files wait for the connection.',
  },
  'notice.symlinks-left-alone': {
    one: '{count} link is not synced: links are not followed.',
    other: '{count} links are not synced: links are not followed.',
  },
  'notice.special-files-left-alone': {
    one: '{count} socket, pipe or device is not synced: it is no ordinary file.',
    other: '{count} sockets, pipes or devices are not synced: they are no ordinary files.',
  },
  'notice.unknown': 'Note: {code}.',
};

export const enCodes: Catalogue = joinTexts(
  identityErrors,
  fileErrors,
  engineErrors,
  requestErrors,
  enQuestions,
  notices,
);
