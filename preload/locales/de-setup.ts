// German texts of setting up and of what an account can reach: profiles, isolation, the clock.
import { joinTexts } from './lookup.ts';
import type { Catalogue } from './lookup.ts';

const sources: Catalogue = {
  'setup.title': 'Mit einem Profil verbinden',
  'setup.text':
    'Ihr Administrator hat ein Verbindungsprofil für Sie: eine kleine Datei oder einen Link. Sie sehen alles, was darin steht, bevor etwas geschieht.',
  'setup.drop': 'Legen Sie die Datei hier ab, oder wählen Sie sie.',
  'setup.choose': 'Profil wählen…',
  'setup.or': 'oder',
  'setup.link': 'Link einfügen',
  'setup.show': 'Anzeigen',
  'setup.another': 'Weitere Verbindung hinzufügen…',
  'setup.linkRefused': 'Ein Link wurde abgewiesen.',
};

const proposal: Catalogue = {
  'proposal.title': 'Mit {issuer} verbinden?',
  'proposal.who': 'Sie melden sich bei {issuer} an.',
  'proposal.where': 'Ihre Dateien kommen in den Bucket {bucket} bei AWS.',
  'proposal.whereAt': 'Ihre Dateien kommen in den Bucket {bucket} bei {host}.',
  'proposal.shared': 'Nicht nur für Sie: Wer Zugriff auf {place} hat, sieht und ändert diese Dateien auch.',
  'proposal.details': 'Alle Einzelheiten',
  'proposal.from.file':
    'Das ist alles, was die Datei einrichten würde. Noch ist nichts geschehen. Nehmen Sie es nur an, wenn es dem entspricht, was Ihr Administrator Ihnen gesagt hat.',
  'proposal.from.link':
    'Das ist alles, was der Link einrichten würde. Noch ist nichts geschehen. Ein Link kann von jedem kommen: Nehmen Sie ihn nur an, wenn er dem entspricht, was Ihr Administrator Ihnen gesagt hat.',
  'proposal.refusedTitle': 'Ein Profil für {issuer} wurde abgewiesen',
  'proposal.refusedText': 'Das ist alles, was es eingerichtet hätte. Es ist nichts geschehen.',
  'proposal.refused': 'Es kann nicht angenommen werden, weil:',
  'proposal.known':
    'Das ist das Konto „{account}“, das es hier schon gibt. Beim Annehmen kommt ein Ordner hinzu.',
  'proposal.needsServer':
    'Ihre Zugangsdaten kämen von einem Server Ihrer Organisation. Wer ihn betreibt, könnte in Ihrem Namen handeln.',
  'proposal.foreign': 'Weder AWS noch die eigene Domain des Anmeldedienstes.',
  'proposal.folder': 'Ordner auf diesem Computer',
  'proposal.folder.hint':
    'Fehlt er, wird er angelegt. Der erste Abgleich führt nur zusammen: Auf keiner Seite wird etwas entfernt.',
  'proposal.folder.roots': 'Er darf hier oder darunter liegen: {roots}',
  'proposal.teamFolder': 'Ordner auf diesem Computer für den Teamordner {prefix}',
  'proposal.chooseFolder': 'Anderen wählen…',
  'proposal.typeHost': 'Geben Sie {host} ein, um ihm zu vertrauen',
  'proposal.typeHost.hint':
    'Ihre Anmeldung oder Ihre Dateien gingen dorthin. Geben Sie den Namen nur ein, wenn Ihr Administrator ihn genannt hat.',
  'proposal.typeAccount': 'Geben Sie die 12 Ziffern des AWS-Kontos ein',
  'proposal.typeAccount.hint':
    'Der Inhaber dieses Kontos kann Ihre Dateien dort lesen. Nehmen Sie die Ziffern von Ihrem Administrator, nicht von oben.',
  'proposal.next': 'Als Nächstes öffnet sich Ihr Browser für die Anmeldung.',
  'proposal.nextDialog': 'Sie werden noch einmal gefragt, dann öffnet sich Ihr Browser für die Anmeldung.',
  'proposal.preview':
    'Nichts wird synchronisiert, bevor Sie gesehen haben, was geschehen würde. Ein leerer Ordner startet sofort.',
  'proposal.accept': 'Annehmen und anmelden',
  'proposal.addFolder': 'Ordner hinzufügen',
  'proposal.reject': 'Ablehnen',
};

/** Each fact by name, and what it means. */
const facts: Catalogue = {
  'facts.sign-in': 'Wo Sie sich anmelden',
  'facts.access': 'Was Sie damit dürfen',
  'facts.storage': 'Wohin Ihre Dateien gehen',
  'fact.name': 'Name hier',
  'fact.name.text': 'So heißt dieses Konto auf diesem Computer.',
  'fact.issuer': 'Anmeldedienst',
  'fact.issuer.text': 'Hier melden Sie sich im Browser an. Driftless sieht Ihr Passwort nie.',
  'fact.clientId': 'Client-ID',
  'fact.clientId.text': 'Der Name von Driftless beim Anmeldedienst.',
  'fact.scopes': 'Fragt nach',
  'fact.scopes.text': 'Was der Anmeldedienst Driftless über Sie mitteilt.',
  'fact.redirectUri': 'Kehrt zurück zu',
  'fact.redirectUri.text': 'Eine Adresse auf diesem Computer, bei der die Anmeldung endet.',
  'fact.param': 'Außerdem',
  'fact.param.text': 'Wird dem Anmeldedienst mit der Anfrage gesendet.',
  'fact.exchange': 'Zugriff über',
  'fact.exchange.text': 'Wie aus Ihrer Anmeldung ein Zugriff wird, der von selbst endet.',
  'value.exchange.web-identity': 'AWS oder ein ähnlicher Speicher prüft Ihre Anmeldung selbst',
  'value.exchange.delegation': 'Ein Server Ihrer Organisation tauscht Ihre Anmeldung ein',
  'value.exchange.saml': 'Ein Server Ihrer Organisation macht aus Ihrer Anmeldung eine SAML-Bestätigung',
  'value.exchange.access-grants':
    'AWS prüft Ihre Anmeldung selbst, dann öffnet S3 Access Grants jeden Ordner',
  'value.exchange.cognito': 'Ein Identitätspool von Amazon Cognito',
  'fact.roleArn': 'Rolle',
  'fact.roleArn.text': 'Sagt, was Sie dürfen, und in welchem Konto.',
  'fact.principalArn': 'Anbieter in AWS',
  'fact.principalArn.text': 'Bürgt dort für Sie.',
  'fact.stsEndpoint': 'Zugangsdaten von',
  'fact.stsEndpoint.text': 'Ihre Anmeldung wird an diese Adresse gesendet.',
  'fact.delegationUrl': 'Zugangsdaten von',
  'fact.delegationUrl.text': 'Ihre Anmeldung wird an diese Adresse gesendet.',
  'fact.assertionUrl': 'Bestätigung von',
  'fact.assertionUrl.text': 'Ihre Anmeldung wird an diese Adresse gesendet.',
  'fact.controlEndpoint': 'Ordner geöffnet von',
  'fact.controlEndpoint.text':
    'Ihr Zugang zu AWS wird dieser Adresse gezeigt, die die Zugangsdaten jedes gemeinsamen Ordners gibt.',
  'fact.cognitoEndpoint': 'Zugangsdaten von',
  'fact.cognitoEndpoint.text': 'Ihre Anmeldung wird an diese Adresse gesendet.',
  'fact.target': 'Ziel',
  'fact.target.text': 'Die Anwendung, nach der der Server gefragt wird.',
  'fact.exchangeClientId': 'Client-ID dort',
  'fact.exchangeClientId.text': 'Für wen Ihre Anmeldung bestimmt sein muss.',
  'fact.durationSeconds': 'Dauer des Zugriffs',
  'fact.durationSeconds.text': 'Danach endet er und wird erneuert, solange Sie angemeldet sind.',
  'fact.sessionPolicy': 'Eingeschränkt durch',
  'fact.sessionPolicy.text': 'Eine Richtlinie, die weniger erlaubt als die Rolle.',
  'fact.identityPoolId': 'Identitätspool',
  'fact.identityPoolId.text': 'Tauscht Ihre Anmeldung gegen Zugriff.',
  'fact.loginKey': 'Name des Anbieters dort',
  'fact.loginKey.text': 'So nennt der Pool den Anmeldedienst.',
  'fact.accountId': 'AWS-Konto',
  'fact.accountId.text': 'Ihm gehört der Bucket. Sein Inhaber kann lesen, was darin liegt.',
  'fact.bucket': 'Bucket',
  'fact.bucket.text': 'Hier liegen Ihre Dateien.',
  'fact.prefix': 'Ihr Teil davon',
  'fact.prefix.text': 'Was in Klammern steht, wird nach der Anmeldung durch Sie ersetzt.',
  'fact.teamFolder': 'Teamordner',
  'fact.teamFolder.text':
    'Gemeinsam mit allen, die diesen Zugang haben; er bekommt einen eigenen Ordner auf diesem Computer.',
  'fact.region': 'Region',
  'fact.region.text': 'Wo der Bucket liegt.',
  'fact.store': 'Speicher',
  'fact.store.text': 'Unter der eigenen Adresse von AWS.',
  'value.aws': 'Amazon S3',
  'fact.s3Endpoint': 'Speicher',
  'fact.s3Endpoint.text': 'Ihre Dateien gehen an diese Adresse statt zu AWS.',
  'fact.pathStyle': 'Bucket im Pfad',
  'fact.pathStyle.text': 'Wie die Adressen des Speichers geschrieben werden.',
  'value.yes': 'Ja',
};

const account: Catalogue = {
  'isolation.reaches-more.title': 'Sie erreichen mehr als Ihre eigenen Dateien',
  'isolation.reaches-more.text': 'Ihr Teil des Buckets ist {prefix}, aber Ihre Rolle darf auch:',
  'isolation.whole-bucket.title': 'Sie teilen sich den ganzen Bucket',
  'isolation.whole-bucket.text':
    'Das Präfix ist der ganze Bucket: Alle mit dieser Rolle sehen und ändern dieselben Dateien.',
  'isolation.advice':
    'Andere können Ihre Dateien vielleicht genauso erreichen. Sagen Sie es Ihrem Administrator.',
  'isolation.reached': 'Was die Rolle erreichen kann',
  'isolation.action.list': '{place} auflisten',
  'isolation.action.list-versions': 'ältere Versionen auflisten: {place}',
  'isolation.action.list-uploads': 'unfertige Uploads auflisten: {place}',
  'isolation.action.read-bucket-policy': 'die Richtlinie des Buckets lesen',
  'isolation.action.read': '{place} lesen',
  'isolation.place.own': 'Ihren eigenen Teil',
  'isolation.place.root': 'den ganzen Bucket',
  'isolation.place.parent': 'den Ordner über Ihrem',
  'isolation.place.neighbour': 'einen Ordner, dessen Name wie Ihrer beginnt',
  'isolation.place.sibling': 'einen Ordner neben Ihrem',
  'isolation.place.canary': 'ein Objekt, das nicht lesbar sein darf',
  'isolation.not-checked.calm': 'Noch nicht geprüft, ob Sie mehr als Ihre eigenen Dateien erreichen.',
  'isolation.unknown.calm': 'Der Speicher sagt nicht, ob Sie mehr als Ihre eigenen Dateien erreichen.',
  'isolation.no-sign.calm': 'Geprüft: Soweit erkennbar, erreichen Sie nur Ihre eigenen Dateien.',
  'isolation.reaches-more.calm': 'Sie erreichen mehr als Ihre eigenen Dateien.',
  'isolation.whole-bucket.calm': 'Sie teilen sich den ganzen Bucket.',
  'clock.behind':
    'Die Uhr dieses Computers geht {duration} nach. Driftless kommt damit zurecht, andere Programme vielleicht nicht. Stellen Sie sie richtig.',
  'clock.ahead':
    'Die Uhr dieses Computers geht {duration} vor. Driftless kommt damit zurecht, andere Programme vielleicht nicht. Stellen Sie sie richtig.',
};

/** Why a profile or a folder is refused; each goes into a sentence or a list. */
const reasons: Catalogue = {
  'reason.not-url': '{field} ist keine Adresse (URL)',
  'reason.not-https': '{field} muss mit https:// beginnen',
  'reason.names-user': '{field} darf keinen Benutzernamen und kein Passwort enthalten',
  'reason.names-port': '{field} darf keinen Port nennen',
  'reason.has-query': '{field} darf keine Abfrage (?) und kein Fragment (#) haben',
  'reason.has-path': '{field} darf keinen Pfad haben',
  'reason.too-long': '{field} darf höchstens 255 Zeichen lang sein',
  'reason.wildcards': '{field} darf keine Platzhalter, Leerzeichen oder Richtlinienvariablen enthalten',
  'reason.odd-host': '{field} darf den Rechner nur mit Buchstaben, Ziffern, Punkten und Bindestrichen nennen',
  'reason.dot-at-end': '{field}: Der Name des Rechners darf nicht mit einem Punkt enden',
  'reason.no-name': '{field} muss ein öffentlicher Name sein, keine IP-Adresse',
  'reason.not-public': '{field} muss ein öffentlicher Name sein, den AWS erreicht',
  'reason.not-allowed': '{field} gehört nicht zu denen, die der Administrator dieses Computers erlaubt',
  'reason.no-region': '{field} ist keine Region von AWS, wie etwa „eu-central-1“',
  'reason.foreign-in-link':
    '{field} nennt {host}, und das ist weder AWS noch die Adresse des Anbieters selbst; ein solches Profil muss als Datei kommen',
  'reason.links-off': 'Links sind auf diesem Computer vom Administrator abgeschaltet',
  'reason.missing': '{field} fehlt',
  'reason.other-account': 'accountId ist nicht das Konto in {field} ({account})',
  'reason.repoints':
    'das Konto „{account}“ verwendet diese Anmeldung schon mit einem anderen Ziel; ein Profil ändert das nie',
  'reason.name-taken': 'es gibt schon ein anderes Konto namens „{account}“',
  'reason.unknown-key': '{field} ist eine unbekannte Angabe',
  'reason.unknown-kind': '{field} gehört nicht zu den Arten, die es gibt',
  'reason.not-valid': '{field} ist nicht gültig',
  'reason.not-id': '{field} darf nur Kleinbuchstaben, Ziffern und „-“ enthalten, höchstens 63 Zeichen',
  'reason.empty': '{field} darf nicht leer sein',
  'reason.over-long': '{field} ist zu lang',
  'reason.not-ascii': '{field} darf nur druckbare ASCII-Zeichen enthalten',
  'reason.not-short-ascii': '{field} darf höchstens 512 druckbare ASCII-Zeichen enthalten',
  'reason.not-role': '{field} ist keine ARN einer Rolle, wie etwa „arn:aws:iam::123456789012:role/driftless“',
  'reason.not-aws-role': '{field} ist keine ARN einer Rolle von AWS',
  'reason.not-provider':
    '{field} ist keine ARN eines Anbieters, wie etwa „arn:aws:iam::123456789012:saml-provider/idp“',
  'reason.not-pool':
    '{field} ist keine Kennung eines Identity Pools, wie etwa „eu-central-1:11111111-2222-3333-4444-555555555555“',
  'reason.not-whole': '{field} muss eine ganze Zahl sein',
  'reason.under-900': '{field} muss mindestens 900 sein',
  'reason.over-43200': '{field} darf höchstens 43200 sein',
  'reason.over-2048': '{field} darf höchstens 2048 Zeichen lang sein',
  'reason.not-policy': '{field} muss eine IAM-Richtlinie als JSON-Text sein',
  'reason.not-loopback': '{field} muss „http://127.0.0.1/path“ oder „http://localhost:PORT/path“ lauten',
  'reason.odd-port': '{field} nennt einen Port, den es nicht gibt',
  'reason.other-params':
    '{field} darf nur access_type, audience, connection, domain_hint, hd, organization und prompt setzen',
  'reason.not-12-digits': '{field} muss aus 12 Ziffern bestehen',
  'reason.no-openid': '{field} muss „openid“ enthalten',
  'reason.not-region': '{field} ist keine Region, wie etwa „eu-central-1“',
  'reason.not-bucket': '{field} ist kein Name eines Buckets',
  'reason.no-slash-at-end': '{field} muss mit „/“ enden',
  'reason.slash-at-start': '{field} darf nicht mit „/“ beginnen',
  'reason.prefix-too-long': '{field} darf höchstens 512 Bytes lang sein',
  'reason.not-nfc': '{field} muss in der Unicode-Form NFC stehen',
  'reason.empty-segment': '{field} hat ein leeres Segment („//“)',
  'reason.escapes-here': '{field} führt mit einem Segment „.“ hinaus',
  'reason.escapes-up': '{field} führt mit einem Segment „..“ hinaus',
  'reason.own-name': '{field} darf „.driftless“ nicht enthalten, das Driftless selbst gehört',
  'reason.odd-variable':
    '{field} kennt nur die Variablen sub und tag:NAME in geschweiften Klammern, jede als ganzes Segment',
  'reason.odd-characters': '{field} darf \\ * ? und $ nicht enthalten',
  'reason.control-characters': '{field} darf keine Steuerzeichen enthalten',
  'reason.whole-bucket': '{field} darf nicht leer sein: Die Freigabe gälte für den ganzen Bucket',
  'reason.not-fixed': '{field} muss ein festes Präfix sein: Eine Freigabe kennt keinen Benutzer',
  'reason.over-20': '{field} darf höchstens 20 enthalten',
  'reason.needs-grants': '{field} gibt es nur mit exchange.kind „access-grants“',
  'reason.not-string': '{field} muss ein Text sein',
  'reason.not-number': '{field} muss eine Zahl sein',
  'reason.not-int': '{field} muss eine ganze Zahl sein',
  'reason.not-boolean': '{field} muss true oder false sein',
  'reason.not-array': '{field} muss eine Liste sein',
  'reason.not-object': '{field} muss ein Objekt sein',
  'reason.not-record': '{field} muss ein Objekt sein',
  'reason.not-one-of': '{field} muss eines von diesen sein: {values}',
  'reason.folders-overlap': 'in {field} überschneiden sich „{folder}“ und „{other}“',
  'reason.bound-elsewhere': '{field} gehört zu einem anderen Anbieter',
  'reason.file-too-large': 'die Datei ist zu groß',
  'reason.link-too-long': 'der Link ist zu lang',
  'reason.link-unknown': 'der Link ist nicht driftless://connect?profile=...',
  'reason.link-damaged': 'der Link ist beschädigt',
  'reason.not-json': 'es ist kein JSON',
  'reason.no-whole-path': 'es muss ein ganzer Pfad sein, vom Anfang des Datenträgers oder von ~ an',
  'reason.folder-not-made': 'er lässt sich dort nicht anlegen',
  'reason.folder-unseen': 'er lässt sich nicht ansehen',
  'reason.folder-is-drive': 'er ist ein ganzes Laufwerk; wählen oder erstellen Sie einen Ordner darauf',
  'reason.folder-is-home':
    'er ist Ihr persönlicher Ordner oder enthält ihn; wählen oder erstellen Sie einen Ordner darin',
  'reason.folder-of-app': 'Driftless bewahrt dort eigene Dateien auf',
  'reason.folder-is-file': 'er ist eine Datei',
  'reason.folder-overlaps': 'er überschneidet sich mit {folder}, der schon abgeglichen wird',
  'reason.folder-elsewhere': 'diese Seite darf nur Ordner unterhalb von {roots} wählen',
};

const errors: Catalogue = {
  'error.profile-refused': 'Dieses Profil wurde abgewiesen: {reason}.',
  'error.profile-too-large':
    'Das ist zu groß für ein Profil. Wählen Sie die Datei, die Ihr Administrator Ihnen gegeben hat.',
  'error.proposal-waiting':
    'Ein anderes Profil wartet auf Ihre Antwort. Nehmen Sie es an oder lehnen Sie es ab, und öffnen Sie den Link dann noch einmal.',
  'error.proposal-gone':
    'Dieses Profil wartet nicht mehr. Wählen Sie es oder öffnen Sie seinen Link noch einmal.',
  'error.link-refused':
    'Er enthielt mehr, als ein Link sagen darf. Bitten Sie Ihren Administrator um das Profil als Datei.',
  'error.setup-closed':
    'Auf dieser Seite kann kein weiteres Konto eingerichtet werden. Wer Driftless auf diesem Computer betreibt, kann das Profil annehmen.',
  'error.setup-refused': 'Das kann nicht eingerichtet werden: {reason}.',
  'error.folder-refused': 'Dieser Ordner kann nicht verwendet werden: {reason}.',
  'error.host-not-typed':
    'Geben Sie {host} in das Feld ein, wenn Ihr Administrator gesagt hat, dass Sie ihm vertrauen können.',
  'error.account-not-typed':
    'Die 12 Ziffern sind nicht die dieses Profils. Vergleichen Sie sie mit denen Ihres Administrators.',
};

const own: Catalogue = {
  'own.title': 'Ich habe ein eigenes AWS-Konto',
  'own.step.app':
    'Registrieren Sie Driftless bei Ihrem Anmeldedienst als native (öffentliche) Anwendung mit der Rücksprungadresse {address}.',
  'own.step.fields': 'Füllen Sie die Felder unten aus. Noch wird nichts gesendet.',
  'own.step.stack':
    'Stellen Sie die Vorlage in der AWS-Konsole unter CloudFormation bereit: „Stack erstellen“, dann als Datei hochladen. Sie legt den Bucket, den Anmeldeanbieter und eine Rolle an, die nur die jeweils eigenen Dateien erreicht.',
  'own.step.connect': 'Prüfen Sie die Verbindung, und melden Sie sich an.',
  'own.issuer': 'Anmeldedienst (Issuer)',
  'own.issuer.hint': 'Seine Adresse genau so, wie er sie angibt, etwa https://login.example.com/',
  'own.clientId': 'Client-ID',
  'own.clientId.hint': 'Der Anmeldedienst zeigt sie bei der Anwendung, die Sie registriert haben.',
  'own.awsAccount': 'AWS-Konto',
  'own.awsAccount.hint': 'Die 12 Ziffern; die AWS-Konsole zeigt sie oben rechts.',
  'own.bucket': 'Bucket',
  'own.bucket.hint': 'Ein Name, den kein anderer Bucket hat. Die Vorlage legt den Bucket an.',
  'own.region': 'Region',
  'own.region.hint': 'Wo der Bucket liegen soll, etwa eu-central-1',
  'own.subject': 'Ihre Benutzer-ID beim Anmeldedienst',
  'own.subject.hint': 'Die Angabe „sub“, die er über Sie macht: Dann gilt die Rolle für Sie allein.',
  'own.everyone': 'Alle mit einem Konto bei diesem Anmeldedienst gehören zu mir und dürfen sich verbinden',
  'own.template': 'CloudFormation-Vorlage',
  'own.copy': 'Vorlage kopieren',
  'own.connect': 'Verbindung prüfen',
  'own.problem.issuer-https': 'Geben Sie eine Adresse ein, die mit https:// beginnt.',
  'own.problem.issuer-private':
    'AWS muss ihn erreichen: Geben Sie einen öffentlichen Namen ein, keine Adresse in einem privaten Netz.',
  'own.problem.issuer-plain':
    'Geben Sie ihn ohne Port, Benutzernamen, Abfrage und Sonderzeichen ein: AWS weist diese ab.',
  'own.problem.issuer-unusable':
    'Diesen Dienst teilen sich viele Organisationen, und AWS kann sie nicht unterscheiden. Nehmen Sie einen eigenen Issuer.',
  'own.problem.client-id': 'Geben Sie genau eine Client-ID ein, ohne Leerzeichen und Platzhalter.',
  'own.problem.account': 'Geben Sie die 12 Ziffern des Kontos ein.',
  'own.problem.bucket': 'Nehmen Sie 3 bis 63 Kleinbuchstaben, Ziffern, Punkte und Bindestriche.',
  'own.problem.region': 'Geben Sie die Kennung einer Region ein, etwa eu-central-1',
  'own.problem.subject-missing':
    'Geben Sie Ihre Benutzer-ID ein, oder bestätigen Sie unten, dass sich dort alle verbinden dürfen.',
  'own.problem.subject-shared':
    'Bei diesem Dienst kann jeder ein Konto haben, deshalb wird Ihre Benutzer-ID gebraucht.',
  'own.problem.subject-name': 'Diese Benutzer-ID kann im Bucket kein Ordnername sein.',
  'own.problem.refused': 'Daraus lässt sich keine Vorlage machen. Prüfen Sie die Benutzer-ID.',
  'own.neither.title': 'Ich habe keines von beiden',
  'own.neither.text':
    'Driftless bewahrt Ihre Dateien in einem eigenen Speicher-Bucket auf, und Sie erreichen ihn mit einer eigenen Anmeldung. Es braucht beides:',
  'own.neither.signIn':
    'einen Anmeldedienst, der OpenID Connect spricht, etwa Keycloak, Auth0, Okta oder Microsoft Entra ID. Mehrere gibt es in einer kostenlosen Stufe.',
  'own.neither.store':
    'ein AWS-Konto, das für den Speicher zahlt, oder ein Profil von einer Organisation, die eines hat.',
  'own.neither.demo':
    'Um Driftless ohne beides auszuprobieren, gibt es im Quelltext eine Demo mit einer Cloud, die nur auf Ihrem Computer läuft. Diese App enthält sie nicht: Sie brauchen Git und Node.js, und die README nennt die Schritte.',
  'proposal.from.form': 'Das ist alles, was aus Ihren Angaben eingerichtet würde. Noch ist nichts geschehen.',
  'done.copyOwnTemplate': 'Die Vorlage ist in der Zwischenablage.',
  'error.own-incomplete': 'Oben fehlt noch etwas.',
};

export const deSetup: Catalogue = joinTexts(sources, own, proposal, facts, account, reasons, errors);
