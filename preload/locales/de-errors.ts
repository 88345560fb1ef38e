// German sentences for every code of an error, question or notice: what happened, then what to do.
import { deQuestions } from './de-questions.ts';
import { joinTexts } from './lookup.ts';
import type { Catalogue } from './lookup.ts';

/** Sign-in, credentials and settings. */
const identityErrors: Catalogue = {
  'error.config-invalid':
    'Eine Einstellung ist ungültig. Korrigieren Sie config.json und starten Sie Driftless neu.',
  'error.config-missing': 'Es gibt noch keine Einstellungen. Öffnen Sie ein Verbindungsprofil.',
  'error.url-refused':
    'Der Anmeldedienst hat eine Adresse genannt, die nicht sicher geöffnet werden kann. Bitten Sie Ihren Administrator, das Konto zu prüfen.',
  'error.secrets-unavailable':
    'Der Schlüsselbund des Systems ist nicht erreichbar, deshalb kann Ihre Anmeldung nicht gespeichert werden. Entsperren Sie ihn und melden Sie sich erneut an.',
  'error.secrets-unsafe':
    'Dieses System hat keinen sicheren Ort für Ihre Anmeldung. Richten Sie einen Schlüsselbund ein (etwa GNOME Keyring oder KWallet) und melden Sie sich dann an.',
  'error.needs-sign-in': 'Sie sind nicht angemeldet. Melden Sie sich an, um zu synchronisieren.',
  'error.sign-in-cancelled':
    'Die Anmeldung wurde abgebrochen. Beginnen Sie noch einmal, wenn Sie so weit sind.',
  'error.sign-in-timeout': 'Die Anmeldung wurde nicht rechtzeitig abgeschlossen. Beginnen Sie noch einmal.',
  'error.sign-in-denied':
    'Der Anmeldedienst hat abgelehnt. Prüfen Sie, ob es das richtige Konto war, oder bitten Sie Ihren Administrator um Zugang.',
  'error.sign-in-unreachable':
    'Der Anmeldedienst ist nicht erreichbar, deshalb sind Sie nicht angemeldet. Versuchen Sie es noch einmal.',
  'error.sign-in-failed':
    'Die Anmeldung hat nicht geklappt. Versuchen Sie es noch einmal; bleibt es dabei, fragen Sie Ihren Administrator.',
  'error.sign-out-not-revoked':
    'Hier sind Sie abgemeldet, aber der Anmeldedienst war nicht erreichbar. Beenden Sie die Sitzung dort; Driftless meldet es ihm beim nächsten Start.',
  'error.browser-unavailable':
    'Der Browser konnte nicht geöffnet werden. Prüfen Sie, ob ein Standardbrowser eingestellt ist, und versuchen Sie es noch einmal.',
  'error.port-in-use':
    'Ein anderes Programm belegt den nötigen Port. Schließen Sie es und versuchen Sie es noch einmal.',
  'error.issuer-unreachable':
    'Der Anmeldedienst ist nicht erreichbar. Driftless versucht es von selbst weiter.',
  'error.issuer-invalid':
    'Der Anmeldedienst antwortet mit Einstellungen, die nicht zu diesem Konto passen. Bitten Sie Ihren Administrator, den Aussteller zu prüfen.',
  'error.issuer-lacks-feature':
    'Der Anmeldedienst bietet diese Art der Anmeldung nicht an. Bitten Sie Ihren Administrator, sie einzuschalten.',
  'error.no-id-token':
    'Der Anmeldedienst hat kein Identitätstoken gesendet. Bitten Sie Ihren Administrator, den Bereich „openid“ für Driftless zu erlauben.',
  'error.token-invalid':
    'Die Anmeldung konnte nicht geprüft werden und wurde nicht verwendet. Melden Sie sich erneut an.',
  'error.token-expired': 'Die Anmeldung ist abgelaufen. Melden Sie sich erneut an.',
  'error.token-algorithm':
    'Der Anmeldedienst signiert mit einem Verfahren, das nicht angenommen wird. Bitten Sie Ihren Administrator um RS256 oder ES256.',
  'error.token-file-unreadable':
    'Die Tokendatei kann nicht gelesen werden. Prüfen Sie, ob es sie gibt und ob Sie sie lesen dürfen.',
  'error.clock-skew':
    'Die Uhr dieses Computers geht falsch. Stellen Sie sie richtig und melden Sie sich erneut an.',
  'error.subject-unsafe':
    'Ihre Benutzerkennung enthält Zeichen, nach denen im Bucket kein Ordner heißen kann. Bitten Sie Ihren Administrator, stattdessen ein Tag zu verwenden.',
  'error.prefix-unsafe':
    'Der Pfad dieses Ordners im Bucket ist ungültig. Korrigieren Sie „prefix“ in den Einstellungen.',
  'error.exchange-unreachable':
    'AWS-Zugangsdaten sind gerade nicht zu bekommen. Driftless versucht es von selbst weiter.',
  'error.exchange-throttled':
    'Der Dienst für Zugangsdaten ist ausgelastet. Driftless versucht es von selbst weiter.',
  'error.exchange-denied':
    'Sie sind angemeldet, aber die Rolle lässt Sie nicht ein. Bitten Sie Ihren Administrator, ihre Vertrauensrichtlinie zu prüfen.',
  'error.exchange-role-missing':
    'Die Rolle gibt es nicht. Bitten Sie Ihren Administrator, die Rolle in den Einstellungen zu prüfen.',
  'error.exchange-audience':
    'Die Rolle nimmt die Client-ID dieser App nicht an. Bitten Sie Ihren Administrator, sie dem Identitätsanbieter in AWS hinzuzufügen.',
  'error.exchange-token-rejected':
    'AWS hat Ihre Anmeldung nicht angenommen. Melden Sie sich erneut an; bleibt es dabei, fragen Sie Ihren Administrator.',
  'error.exchange-request-invalid':
    'Der Dienst für Zugangsdaten hat die Anfrage nicht verstanden. Bitten Sie Ihren Administrator, die Einstellungen des Kontos zu prüfen.',
  'error.exchange-provider-unreachable':
    'AWS erreicht den Anmeldedienst nicht, um Ihre Identität zu prüfen. Driftless versucht es von selbst weiter.',
  'error.exchange-response-invalid':
    'Der Dienst für Zugangsdaten hat eine unbrauchbare Antwort gegeben. Bitten Sie Ihren Administrator, seine Adresse zu prüfen.',
  'error.grant-missing':
    'Sie sind angemeldet, haben aber keinen Zugriff auf diesen gemeinsamen Ordner. Bitten Sie Ihren Administrator um die Freigabe.',
  'error.grant-unavailable':
    'S3 Access Grants ist für diesen Ordner nicht eingerichtet. Bitten Sie Ihren Administrator, Instanz und Rolle des Speicherorts zu prüfen.',
  'error.aws-profile-unusable':
    'Das AWS-Profil dieses Kontos liefert keine brauchbaren Zugangsdaten. Prüfen Sie es mit der AWS CLI, oder fragen Sie Ihren Administrator.',
  'error.principal-changed':
    'Dieser Ordner gehört jemand anderem. Melden Sie sich als diese Person an, oder richten Sie einen neuen Ordner ein.',
  'error.lock-busy':
    'Ein anderes Driftless auf diesem Computer benutzt diese Einstellungen. Schließen Sie es und versuchen Sie es noch einmal.',
};

/** Why one file or folder waits. */
const fileErrors: Catalogue = {
  'error.ignored': 'Durch eine Regel ausgelassen.',
  'error.ignore-file-unread':
    'Die Auslassungen in dieser Datei können nicht gelesen werden oder sind größer als 256 KiB. Es gelten die zuletzt gelesenen.',
  'error.excluded': 'Durch Ihre Einstellungen ausgelassen.',
  'error.unreadable': 'Das kann nicht gelesen werden. Geben Sie Ihrem Benutzer das Recht dazu.',
  'error.symlink':
    'Das ist eine Verknüpfung zu einem anderen Ort, der nicht gefolgt wird. Verschieben Sie die echte Datei hierher, um sie zu synchronisieren.',
  'error.link-clash':
    'Im Bucket ist das eine Verknüpfung eines anderen Programms; was Sie hier haben, wird deshalb nicht synchronisiert. Benennen Sie es um, um es zu synchronisieren.',
  'error.special-file':
    'Das ist keine gewöhnliche Datei (ein Socket, eine Pipe oder ein Gerät) und bleibt nur auf diesem Computer.',
  'error.other-device':
    'Hier ist ein anderes Laufwerk eingehängt, es bleibt unberührt. Geben Sie ihm einen eigenen Ordner, um es zu synchronisieren.',
  'error.name-clash': 'Zwei Namen hier gelten als derselbe. Benennen Sie einen davon um.',
  'error.case-clash':
    'Zwei Namen unterscheiden sich nur in Groß- und Kleinschreibung, und dieses Laufwerk kann nicht beide halten. Benennen Sie einen davon um.',
  'error.awaits-new-name':
    'Das heißt auf einer Seite anders, und jener Name kann noch nicht synchronisiert werden; deshalb bleibt der alte. Siehe das andere Problem.',
  'error.file-folder-clash': 'Eine Datei und ein Ordner haben denselben Namen. Benennen Sie eines davon um.',
  'error.name-reserved':
    'Dieser Name ist vom System reserviert. Benennen Sie es um, um es zu synchronisieren.',
  'error.name-too-long': 'Dieser Name ist zu lang für die andere Seite. Geben Sie einen kürzeren.',
  'error.name-invalid':
    'Dieser Name enthält Zeichen, die nicht synchronisiert werden können. Benennen Sie es um.',
  'error.not-scanned': 'Das wurde noch nicht angesehen. Die nächste Prüfung holt es nach.',
  'error.incomplete-listing':
    'Der Bucket konnte nicht vollständig aufgelistet werden, deshalb wird hier nichts entfernt. Driftless versucht es noch einmal.',
  'error.changing': 'Diese Datei ändert sich ständig. Sie wird hochgeladen, sobald sie ruht.',
  'error.contains-unknown':
    'Etwas in diesem Ordner wartet, deshalb wartet auch der Ordner. Siehe die anderen Probleme.',
  'error.bucket-missing': 'Den Bucket gibt es nicht. Prüfen Sie seinen Namen in den Einstellungen.',
  'error.not-found': 'Das ist nicht mehr da. Die nächste Prüfung sieht noch einmal nach.',
  'error.disk-full': 'Das Laufwerk ist voll. Schaffen Sie Platz; dann geht es von selbst weiter.',
  'error.quota-exceeded': 'Im Speicher ist kein Platz mehr. Bitten Sie Ihren Administrator um mehr.',
  'error.file-too-large': 'Diese Datei ist größer, als der Speicher fassen kann.',
  'error.network': 'Die Verbindung ist abgerissen. Driftless versucht es von selbst weiter.',
  'error.offline': 'Es gibt keine Verbindung. Sobald es eine gibt, geht es weiter.',
  'error.timeout': 'Der Speicher hat nicht rechtzeitig geantwortet. Driftless versucht es von selbst weiter.',
  'error.folder-missing':
    'Der Ordner ist nicht da. Legen Sie ihn zurück, oder verbinden Sie das Laufwerk, auf dem er liegt.',
  'error.watch-limit':
    'Das System kann nicht so viele Ordner beobachten, deshalb werden Änderungen langsamer gefunden. Erhöhen Sie fs.inotify.max_user_watches.',
};

/** What the disk, the store and the engine's own records answer. */
const engineErrors: Catalogue = {
  'error.local-busy':
    'Ein anderes Programm benutzt diese Datei. Schließen Sie es; Driftless versucht es von selbst weiter.',
  'error.local-denied': 'Das System erlaubt das nicht. Prüfen Sie die Rechte der Datei und ihres Ordners.',
  'error.local-exhausted':
    'Das Laufwerk ist voll, oder zu viele Dateien sind offen. Schaffen Sie Platz; dann geht es von selbst weiter.',
  'error.local-failed':
    'Das Laufwerk hat einen Fehler gemeldet. Driftless versucht es weiter; prüfen Sie das Laufwerk, wenn es bleibt.',
  'error.local-gone': 'Das ist nicht mehr da. Die nächste Prüfung sieht noch einmal nach.',
  'error.local-io':
    'Das Laufwerk konnte das nicht lesen oder schreiben. Prüfen Sie es; Driftless versucht es von selbst weiter.',
  'error.local-misuse':
    'In Driftless ist etwas schiefgegangen, geändert wurde nichts. Mehr steht im Protokoll.',
  'error.local-name-refused': 'Dieses Laufwerk nimmt den Namen nicht an. Benennen Sie es im Bucket um.',
  'error.local-read-only':
    'Dieses Laufwerk kann nur gelesen werden. Machen Sie es beschreibbar, oder wählen Sie „Nur hochladen“.',
  'error.local-room-unsafe':
    'Der eigene Ordner von Driftless, „.driftless“, ist nicht sicher. Sorgen Sie dafür, dass er ein gewöhnlicher Ordner ist, der Ihnen gehört.',
  'error.local-too-large':
    'Diese Datei ist größer, als dieses Laufwerk fassen kann. Nehmen Sie für diesen Ordner ein anderes.',
  'error.local-worker-failed':
    'Der Ordner konnte nicht durchsucht werden. Driftless versucht es von selbst weiter.',
  'error.connection-lost': 'Die Verbindung ist abgerissen. Driftless versucht es von selbst weiter.',
  'error.endpoint-unreachable': 'Der Speicher ist nicht erreichbar. Driftless versucht es von selbst weiter.',
  'error.proxy-login':
    'Der Proxy Ihres Netzes verlangt Benutzernamen und Passwort. Fragen Sie Ihren Administrator, wie man sich dort anmeldet.',
  'error.tls-failed':
    'Es kam keine sichere Verbindung zustande. Driftless versucht es weiter; bleibt es dabei, fragen Sie Ihren Administrator.',
  'error.tls-untrusted':
    'Etwas zwischen hier und dem Server zeigt ein Zertifikat, dem nicht vertraut wird, wie es die Anmeldeseite eines öffentlichen Netzes tut. Melden Sie sich im Netz an; in einer Firma fragen Sie nach deren Zertifizierungsstelle. Driftless versucht es von selbst weiter.',
  'error.slow-down': 'Der Speicher bittet um weniger Tempo. Driftless versucht es von selbst weiter.',
  'error.bucket-wrong-region':
    'Der Bucket liegt in einer anderen Region. Korrigieren Sie „region“ in den Einstellungen.',
  'error.no-progress':
    'Ein Schritt für diese Datei wird immer wieder ohne Grund abgewiesen. Driftless versucht es später wieder.',
  'error.remote-archived': 'Diese Datei ist im Speicher archiviert. Holen Sie sie dort zuerst zurück.',
  'error.remote-changed': 'Das wurde inzwischen im Bucket geändert. Es wird sofort neu angesehen.',
  'error.remote-denied': 'Im Bucket dürfen Sie das nicht. Bitten Sie Ihren Administrator um Zugriff.',
  'error.remote-failed': 'Der Speicher hat selbst ein Problem. Driftless versucht es von selbst weiter.',
  'error.remote-full': 'Im Speicher ist kein Platz mehr. Bitten Sie Ihren Administrator um mehr.',
  'error.remote-invalid-answer':
    'Der Speicher hat eine unbrauchbare Antwort gegeben. Driftless versucht es von selbst weiter.',
  'error.remote-name-too-long': 'Dieser Name ist zu lang für den Speicher. Geben Sie einen kürzeren.',
  'error.remote-refused':
    'Der Speicher hat diese Anfrage abgewiesen. Bitten Sie Ihren Administrator, die Einstellungen des Buckets zu prüfen.',
  'error.remote-busy':
    'Der Speicher ist mit einer anderen Änderung derselben Datei beschäftigt. Driftless versucht es von selbst weiter.',
  'error.remote-unavailable': 'Der Speicher antwortet nicht. Driftless versucht es von selbst weiter.',
  'error.object-too-large':
    'Diese Datei ist größer, als der Speicher fassen kann. Teilen Sie sie auf, um sie zu synchronisieren.',
  'error.outcome-unknown':
    'Der Speicher hat nicht gesagt, ob das geklappt hat. Driftless prüft es, bevor es weitergeht.',
  'error.upload-gone': 'Der laufende Upload ist im Speicher verschwunden. Driftless beginnt ihn neu.',
  'error.content-mismatch':
    'Angekommen ist nicht, was gesendet wurde; es wurde verworfen. Driftless versucht es noch einmal.',
  'error.key-refused':
    'Dieser Name im Bucket bliebe nicht im Ordner und wird deshalb nicht angerührt. Benennen Sie es dort um.',
  'error.credentials-expired': 'Die AWS-Sitzung ist abgelaufen. Driftless erneuert sie von selbst.',
  'error.credentials-refused':
    'Der Speicher nimmt Ihre Sitzung nicht an. Melden Sie sich erneut an; bleibt es dabei, fragen Sie Ihren Administrator.',
  'error.signature-refused':
    'Der Speicher hat die Anfrage nach dieser Datei nicht erkannt. Etwas davor ändert vielleicht solche Namen; benennen Sie die Datei um, oder fragen Sie Ihren Administrator.',
  'error.credentials-disabled':
    'Für dieses Konto werden keine Zugangsdaten herausgegeben. Erlauben Sie es in den Einstellungen.',
  'error.aws-profile-taken': 'Ein AWS-Profil dieses Namens gibt es schon. Wählen Sie einen anderen Namen.',
  'error.other-principal':
    'Dieser Ordner gehört jemand anderem. Melden Sie sich als diese Person an, oder richten Sie einen neuen Ordner ein.',
  'error.root-missing':
    'Der Ordner ist nicht da; vielleicht ist das Laufwerk nicht verbunden. Verbinden Sie es, oder legen Sie den Ordner zurück. Dann geht es von selbst weiter; bis dahin wird nichts entfernt.',
  'error.root-unreadable': 'Der Ordner kann nicht gelesen werden. Geben Sie Ihrem Benutzer das Recht dazu.',
  'error.root-not-a-folder':
    'Wo der Ordner war, liegt eine Datei. Räumen Sie sie weg und legen Sie den Ordner zurück.',
  'error.root-changed': 'Wo der synchronisierte Ordner war, liegt ein anderer. Driftless durchsucht ihn neu.',
  'error.root-away':
    'Das ist nicht der Ordner, der synchronisiert wurde; vielleicht ist das Laufwerk nicht verbunden. Verbinden Sie es, oder legen Sie den Ordner zurück. Dann geht es von selbst weiter; bis dahin wird nichts entfernt.',
  'error.root-marker-unreadable':
    'Das Zeichen von Driftless in diesem Ordner kann nicht gelesen werden. Prüfen Sie die Rechte von „.driftless“.',
  'error.bucket-marker-damaged':
    'Das Zeichen von Driftless im Bucket ist beschädigt. Bitten Sie Ihren Administrator, es wiederherzustellen.',
  'error.engine-running':
    'Ein anderes Driftless läuft schon mit diesen Einstellungen. Benutzen Sie jenes, oder schließen Sie es zuerst.',
  'error.state-busy':
    'Die Aufzeichnungen von Driftless sind in Gebrauch. Schließen Sie andere Kopien von Driftless und versuchen Sie es noch einmal.',
  'error.state-corrupt':
    'Die Aufzeichnungen zu diesem Ordner sind beschädigt. Räumen Sie seine .db-Datei im Ordner „pairs“ der Einstellungen weg: Der nächste Abgleich vergleicht beide Seiten neu und entfernt nichts.',
  'error.state-misuse':
    'In Driftless ist etwas schiefgegangen, geändert wurde nichts. Mehr steht im Protokoll.',
  'error.state-newer':
    'Die Aufzeichnungen stammen von einem neueren Driftless. Installieren Sie jene Version.',
  'error.state-rename-invalid':
    'In Driftless ist etwas schiefgegangen, geändert wurde nichts. Mehr steht im Protokoll.',
  'error.state-unavailable':
    'Die Aufzeichnungen von Driftless können nicht geöffnet werden. Prüfen Sie, ob der Ordner der Einstellungen beschreibbar ist.',
  'error.trash-item-gone': 'Das ist nicht mehr im Papierkorb.',
  'error.page-not-built': 'In dieser Kopie von Driftless fehlt die Seite. Installieren Sie sie neu.',
  'error.profile-invalid': 'Das Profil ist ungültig. Bitten Sie Ihren Administrator um ein neues.',
  'error.usage': 'Das wurde nicht verstanden.',
  'error.paused': 'Das ist angehalten. Setzen Sie es fort, damit es weitergeht.',
  'error.restarted': 'Das wurde durch einen Neustart unterbrochen und geht von selbst weiter.',
  'error.stopping': 'Driftless wird beendet. Beim nächsten Start geht es weiter.',
};

/** Answers to something that was clicked. */
const requestErrors: Catalogue = {
  'error.no-page': 'Diese Instanz läuft ohne Seite.',
  'error.unknown-request': 'Seite und App haben verschiedene Versionen. Laden Sie die Seite neu.',
  'error.bad-request':
    'Die App hat die Anfrage nicht verstanden. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
  'error.unknown-account': 'Dieses Konto gibt es nicht mehr. Laden Sie die Seite neu.',
  'error.unknown-pair': 'Diesen Ordner gibt es nicht mehr. Laden Sie die Seite neu.',
  'error.pair-not-running':
    'Dieser Ordner wird gerade nicht synchronisiert. Versuchen Sie es wieder, wenn er es wird.',
  'error.not-on-this-machine':
    'Der Ordner liegt auf dem Computer, auf dem Driftless läuft. Öffnen Sie ihn dort.',
  'error.forbidden': 'Diese Seite darf das nicht verlangen. Öffnen Sie die eigene Seite von Driftless.',
  'error.unknown-guard':
    'Was synchronisiert würde, hat sich geändert, seit Sie gefragt wurden. Sehen Sie sich zuerst die neue Frage an.',
  'error.guard-expired':
    'Was synchronisiert würde, hat sich geändert, seit Sie gefragt wurden. Sehen Sie sich zuerst die neue Frage an.',
  'error.unknown-trash-entry': 'Das ist nicht mehr im Papierkorb.',
  'error.not-supported': 'Das geht hier nicht. Benutzen Sie die Desktop-App.',
  'error.not-reachable': 'Driftless ist von dieser Seite aus nicht erreichbar. Prüfen Sie, ob es läuft.',
  'error.access-ended':
    'Der Link dieser Seite ist abgelaufen. Öffnen Sie einen neuen dort, wo Driftless gestartet wurde.',
  'error.cancelled': 'Das wurde abgebrochen.',
  'error.rate-limited': 'Das waren viele Klicks. Warten Sie einen Moment und versuchen Sie es noch einmal.',
  'error.unexpected-value':
    'Etwas Unerwartetes ist geschehen. Versuchen Sie es noch einmal; bleibt es dabei, steht mehr im Protokoll.',
  'error.internal':
    'In Driftless ist etwas schiefgegangen. Versuchen Sie es noch einmal; bleibt es dabei, steht mehr im Protokoll.',
  'error.unknown':
    'Etwas ist schiefgegangen ({code}). Driftless versucht es von selbst weiter; mehr steht im Protokoll.',
};

/** Things worth knowing that stop nothing. */
const notices: Catalogue = {
  'notice.state-restored':
    'Laufwerk oder Aufzeichnungen kamen aus einer Sicherung zurück, deshalb führt dieser Lauf nur zusammen und entfernt nichts.',
  'notice.merge-only': 'Dieser Lauf führt nur zusammen: Auf keiner Seite wird etwas entfernt.',
  'notice.trash-trimmed': 'Der Papierkorb war voll, deshalb wurden seine ältesten Dateien entfernt.',
  'notice.watch-limit':
    'Das System kann nicht so viele Ordner beobachten, deshalb werden Änderungen etwas später gefunden.',
  'notice.watch-deaf':
    'Dieser Ordner liegt auf einem Netz-, FUSE- oder anderen Dateisystem, das nicht jede Änderung meldet; deshalb wird er jede Minute durchsucht.',
  'notice.live-database':
    'Ein Programm hat in diesem Ordner eine Datenbank geöffnet. Bis es sie schließt, ist ihre Kopie im Bucket womöglich nicht brauchbar.',
  'notice.metered': 'Diese Verbindung ist getaktet, deshalb warten große Dateien.',
  'notice.watch-failed':
    'Änderungen in diesem Ordner werden durch gelegentliches Nachsehen gefunden, etwas später als sonst.',
  'notice.ignore-lines-refused':
    'Die Datei mit den Auslassungen ist zu lang oder hat zu viele Platzhalter, deshalb wirken manche Zeilen nicht.',
  'notice.rules-changed':
    'Die Auslassungen wurden geändert, deshalb führt dieser Lauf nur zusammen: Auf keiner Seite wird etwas entfernt.',
  'notice.space-changed':
    'Der Bucket wurde seit dem letzten Abgleich neu eingerichtet, deshalb führt dieser Lauf nur zusammen: Auf keiner Seite wird etwas entfernt.',
  'notice.root-marker-missing':
    'Sie haben bestätigt, dass dies der richtige Ordner ist. Dieser Lauf führt nur zusammen: Auf keiner Seite wird etwas entfernt.',
  'notice.root-marker-foreign':
    'Sie haben bestätigt, dass dies der richtige Ordner ist. Dieser Lauf führt nur zusammen: Auf keiner Seite wird etwas entfernt.',
  'notice.offline-waiting': {
    one: '{count} Datei wartet auf die Verbindung.',
    other: '{count} Dateien warten auf die Verbindung.',
  },
  'notice.symlinks-left-alone': {
    one: '{count} Verknüpfung wird nicht synchronisiert: Verknüpfungen wird nicht gefolgt.',
    other: '{count} Verknüpfungen werden nicht synchronisiert: Verknüpfungen wird nicht gefolgt.',
  },
  'notice.special-files-left-alone': {
    one: '{count} Socket, Pipe oder Gerät wird nicht synchronisiert: Es ist keine gewöhnliche Datei.',
    other:
      '{count} Sockets, Pipes oder Geräte werden nicht synchronisiert: Es sind keine gewöhnlichen Dateien.',
  },
  'notice.unknown': 'Hinweis: {code}.',
};

export const deCodes: Catalogue = joinTexts(
  identityErrors,
  fileErrors,
  engineErrors,
  requestErrors,
  deQuestions,
  notices,
);
