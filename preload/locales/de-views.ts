// German texts of navigation, folder management, files, activity, problems and settings.
import { joinTexts } from './lookup.ts';
import type { Catalogue } from './lookup.ts';

const navigation: Catalogue = {
  'nav.title': 'Ansichten',
  'nav.overview': 'Übersicht',
  'nav.files': 'Dateien',
  'nav.activity': 'Aktivität',
  'nav.problems': 'Probleme',
  'nav.settings': 'Einstellungen',
  'action.more': 'Mehr',
  'action.showProblems': 'Probleme anzeigen',
  'activity.showAll': 'Alle Aktivitäten anzeigen',
  'problems.empty': 'Keine Probleme. Was Sie braucht, erscheint hier.',
  'stopped.title': 'Ordner, die gerade nicht synchronisiert werden',
  'action.tryAgain': 'Erneut versuchen',
  'about.title': 'Über Driftless',
};

const folders: Catalogue = {
  'action.addFolder': 'Ordner hinzufügen',
  'action.folderSettings': 'Ordnereinstellungen',
  'action.removeFolder': 'Ordner nicht mehr synchronisieren',
  'action.save': 'Speichern',
  'app.loading': 'Wird geladen…',
  'pairs.empty.open': 'Verbindungsprofil öffnen…',
  'folder.add.title': 'Ordner hinzufügen',
  'folder.add.text': 'Sie sehen, was geschehen würde, bevor etwas synchronisiert wird.',
  'folder.add.choose': 'Ordner wählen…',
  'folder.add.preview': 'Vorschau',
  'folder.account': 'Konto',
  'folder.mode': 'Richtung',
  'folder.mode.two-way.text': 'Änderungen auf jeder Seite erreichen die andere.',
  'folder.mode.upload-only.text': 'Änderungen hier erreichen den Bucket; dieser Computer wird nie verändert.',
  'folder.mode.download-only.text':
    'Änderungen im Bucket erreichen diesen Computer; der Bucket wird nie verändert.',
  'folder.settings.title': 'Ordnereinstellungen',
  'folder.ignore': 'Auslassen',
  'folder.ignore.text':
    'Ein Muster je Zeile, etwa *.tmp oder build/. Was ausgelassen wird, bleibt, wo es ist.',
  'ignore.test': 'Würde dieser Name synchronisiert?',
  'ignore.test.text':
    'Ein Name in diesem Ordner, etwa Briefe/Entwurf.tmp; ein Ordner endet mit einem Schrägstrich. Es entscheiden die geltenden Regeln: Speichern Sie geänderte zuerst.',
  'ignore.test.action': 'Prüfen',
  'ignore.synced': '{name} wird synchronisiert: Keine Regel trifft zu.',
  'ignore.kept': '{name} wird synchronisiert, wegen der Ausnahme „{rule}“ ({from}).',
  'ignore.out': '{name} wird ausgelassen durch „{rule}“ ({from}).',
  'ignore.outBelow': '{name} wird mit dem Ordner {folder} ausgelassen durch „{rule}“ ({from}).',
  'ignore.source.default': 'immer ausgelassen',
  'ignore.source.settings': 'eine Regel dieser Einstellungen',
  'ignore.source.file': 'eine Zeile der Datei .driftlessignore im Ordner',
  'ignore.source.excluded': 'ein Ordner, der hier nicht synchronisiert wird',
  'error.name-untestable': 'Geben Sie einen Namen in diesem Ordner ein, etwa Briefe/Entwurf.tmp.',
  'place.heading': 'Ort im Bucket',
  'place.change': 'Ändern…',
  'place.fixed': 'Von Ihrer Administration festgelegt.',
  'place.title': 'Anderer Ort im Bucket',
  'place.name': 'Ordner im Bucket',
  'place.name.text': 'Unterhalb von {above}',
  'place.keeps':
    'Nichts wird gelöscht. Die Dateien auf diesem Computer bleiben, wo sie sind, und was in {from} liegt, bleibt im Bucket.',
  'place.begins':
    'Am neuen Ort beginnt der Ordner wie ein neuer: Sie sehen, was hoch- und heruntergeladen würde, bevor etwas geschieht.',
  'place.others': 'Andere Computer bleiben beim alten Ort, bis Sie ihn auch dort ändern.',
  'place.confirm': 'Ändern und Vorschau zeigen',
  'dialog.place.title': '{folder} mit einem anderen Ort im Bucket synchronisieren?',
  'dialog.place.from': 'Bisher: {place}',
  'dialog.place.to': 'Von jetzt an: {place}',
  'dialog.place.text':
    'Nichts wird gelöscht, weder hier noch im Bucket. Sie sehen, was synchronisiert würde, bevor es beginnt.',
  'dialog.place.accept': 'Ändern',
  'error.place-fixed':
    'Eine Administration hat diesen Ort für den Ordner freigegeben und keinen anderen. Beenden Sie die Synchronisierung, und fügen Sie einen anderen Ordner hinzu.',
  'error.place-overlaps':
    'Ein anderer Ordner wird mit diesem Ort synchronisiert, oder mit einem darin oder darüber. Wählen Sie einen anderen Namen.',
  'error.place-refused': 'Ein Ordner im Bucket kann nicht so heißen. Wählen Sie einen anderen Namen.',
  'folder.remove.title': 'Ordner nicht mehr synchronisieren?',
  'folder.remove.text':
    'Seine Dateien bleiben auf diesem Computer und im Bucket. Änderungen werden nicht mehr übertragen.',
  'folder.remove.again': 'Sie können den Ordner jederzeit wieder hinzufügen.',
  'folder.remove.confirm': 'Nicht mehr synchronisieren',
  'action.chooseFolders': 'Ordner auswählen',
  'choose.title': 'Ordner auf diesem Computer',
  'choose.text':
    'Ordner ohne Häkchen bleiben im Bucket und werden hier nicht synchronisiert. Von einem Ordner, der nur zum Teil synchronisiert wird, gehören die Dateien direkt darin dazu. Aus dem Bucket wird nichts entfernt.',
  'choose.empty': 'Es gibt noch keine Ordner.',
  'choose.cut': 'Einer dieser Ordner enthält mehr Ordner, als hier angezeigt werden.',
  'choose.copies': 'Die Dateien dieser Ordner auf diesem Computer',
  'choose.copies.keep': 'Hier lassen',
  'choose.copies.keep.text': 'Änderungen an ihnen werden nicht mehr synchronisiert.',
  'choose.copies.trash': 'Zu den gelöschten Dateien dieses Ordners verschieben',
  'choose.copies.trash.text':
    'Dort lassen sie sich eine Zeit lang wiederherstellen. Eine Datei, die der Bucket nicht so hat wie dieser Computer, bleibt.',
  'choose.done': 'Ihre Auswahl gilt jetzt.',
  'choose.done.leaving': {
    one: 'Ihre Auswahl gilt jetzt. {count} Datei wird zu den gelöschten Dateien verschoben.',
    other: 'Ihre Auswahl gilt jetzt. {count} Dateien werden zu den gelöschten Dateien verschoben.',
  },
  'choose.done.kept': {
    one: 'Ihre Auswahl gilt jetzt. {count} Datei bleibt hier, weil der Bucket sie nicht so hat wie dieser Computer.',
    other:
      'Ihre Auswahl gilt jetzt. {count} Dateien bleiben hier, weil der Bucket sie nicht so hat wie dieser Computer.',
  },
  'error.too-many-folders':
    'So viele Ordner können nicht einzeln ausgelassen werden. Lassen Sie stattdessen den Ordner aus, der sie enthält.',
  'error.trash-too-small':
    'Diese Dateien sind mehr, als die gelöschten Dateien dieses Ordners auf diesem Laufwerk umfassen dürfen. Lassen Sie sie hier, und löschen Sie sie in Ihrem Dateimanager, sobald die Ordner nicht mehr synchronisiert werden.',
  'error.copies-stay': 'Dieser Ordner lädt nur hoch; Dateien auf diesem Computer werden nie verschoben.',
  'limits.up': 'Grenze beim Hochladen (kB/s)',
  'limits.down': 'Grenze beim Herunterladen (kB/s)',
  'limits.text': 'Ein leeres Feld bedeutet keine Grenze.',
  'plan.first.title': 'Vor dem ersten Abgleich',
  'plan.first.text': 'Auf keiner Seite wird etwas gelöscht.',
  'plan.first.onlyHere': {
    one: '{count} nur hier: wird hochgeladen',
    other: '{count} nur hier: werden hochgeladen',
  },
  'plan.first.onlyThere': {
    one: '{count} nur im Bucket: wird heruntergeladen',
    other: '{count} nur im Bucket: werden heruntergeladen',
  },
  'plan.first.differ': {
    one: '{count} verschieden: beide bleiben',
    other: '{count} verschieden: beide bleiben',
  },
  'plan.first.start': 'Synchronisieren',
  'plan.first.started': '{name} war leer: Die Synchronisierung hat begonnen.',
  'plan.first.same': '{name} ist auf beiden Seiten gleich: Die Synchronisierung hat begonnen.',
  'plan.first.later': 'Angehalten lassen',
  'done.changeFolder': 'Die Einstellungen des Ordners gelten jetzt.',
  'done.removeFolder': 'Der Ordner wird nicht mehr synchronisiert. Seine Dateien bleiben.',
  'error.place-held':
    '{folder} umfasst schon den ganzen Teil des Buckets, der zu diesem Konto gehört; daneben ist kein Platz. Verschieben Sie den neuen Ordner in {folder}, wo er mit synchronisiert wird, oder beenden Sie zuerst das Synchronisieren von {folder}. Seine Dateien bleiben.',
  'error.place-taken':
    'Ein anderer Ordner umfasst schon Ihren ganzen Teil des Buckets. Legen Sie den neuen Ordner hinein, oder beenden Sie zuerst das Synchronisieren des anderen.',
};

const lists: Catalogue = {
  'search.files': 'Nach Namen suchen',
  'search.folder': 'Ordner',
  'search.allFolders': 'Alle Ordner',
  'activity.kind': 'Anzeigen',
  'activity.kind.all': 'Alles',
  'activity.kind.transfers': 'Uploads und Downloads',
  'activity.kind.moves': 'Verschobenes und neue Ordner',
  'activity.kind.removals': 'Gelöschtes und Wiederhergestelltes',
  'activity.kind.conflicts': 'Konflikte',
  'activity.count': { one: '{count} Eintrag', other: '{count} Einträge' },
  'activity.none': 'Nichts passt dazu.',
  'problems.try': 'Jetzt versuchen',
  'problems.tryAll': 'Alle jetzt versuchen',
  'problems.ignore': 'Auslassen…',
  'problems.ignore.title': 'Diesen Eintrag auslassen?',
  'problems.ignore.text': 'Er bleibt, wo er ist, hier und im Bucket, und wird nicht mehr synchronisiert.',
  'problems.ignore.rule':
    'Dafür kommt eine Regel in die Einstellungen dieses Ordners, wo Sie sie wieder entfernen können.',
  'problems.ignore.confirm': 'Auslassen',
  'done.ignoreProblem': 'Ausgelassen. Die Regel steht in den Ordnereinstellungen.',
  'error.not-ignorable': 'Für diesen Namen ist keine Regel möglich. Benennen Sie die Datei erst um.',
  'error.too-many-rules':
    'Dieser Ordner hat so viele Regeln, wie es geben kann. Entfernen Sie erst einige in seinen Einstellungen.',
  'problems.show': 'Datei zeigen',
  'files.path': 'Wo Sie sind',
  'files.count': { one: '{count} Eintrag', other: '{count} Einträge' },
  'files.cut': 'Es gibt mehr: Suchen Sie nach einem Namen.',
  'files.state.in-sync': 'synchron',
  'files.state.waiting': 'wartet auf den Abgleich',
  'files.state.left-out': 'hier ausgelassen',
  'files.deletedToo': 'Auch in den gelöschten Dateien suchen',
  'trash.none': 'Keine gelöschte Datei hat das in ihrem Namen.',
  'files.reveal': 'Im Ordner zeigen',
  'files.versions': 'Versionen',
  'files.share': 'Freigabelink kopieren',
  'files.shared':
    'Ein Link zu {name} liegt in der Zwischenablage. Wer ihn hat, kann die Datei bis {time} herunterladen.',
  'files.versions.title': 'Versionen',
  'files.versions.none': 'Es gibt keine ältere Version. Vielleicht bewahrt der Bucket keine auf.',
  'files.versions.cut': 'Ältere Versionen werden nicht angezeigt.',
  'files.version.current': 'aktuell',
  'files.version.removed': 'gelöscht',
  'done.retryNow': 'Neuer Versuch läuft.',
  'done.restoreVersion': 'Die Version ist zurück, neben der aktuellen Datei.',
  'error.unknown-file': 'Diese Datei ist nicht mehr da. Sehen Sie die Liste noch einmal an.',
  'error.share-disabled': 'Freigabelinks sind auf diesem Computer von seinem Administrator abgeschaltet.',
  'error.not-in-bucket':
    'Diese Datei ist noch nicht im Bucket. Geben Sie sie frei, sobald sie hochgeladen ist.',
  'error.version-missing': 'Diese Version ist nicht mehr da.',
  'error.nothing-to-restore': 'Es gibt keine ältere Version, die zurückgeholt werden könnte.',
};

const settings: Catalogue = {
  'limits.title': 'Bandbreite',
  'limits.all': 'Für alle Ordner eines Kontos zusammen. Ein leeres Feld bedeutet keine Grenze.',
  'limits.timetable': 'Zeitplan',
  'limits.timetable.hint':
    'Grenzen nach Uhrzeit, zum Beispiel „08:00,512k 18:00,off“ oder „Mon-09:00,1M:4M Sat-00:00,off“ (Hochladen:Herunterladen; 512k sind 524 kB/s, 1M sind 1.049 kB/s). Steht auch in den Feldern darüber eine Grenze, gilt die niedrigere.',
  'limits.timetable.wrong':
    '„{entry}“ ist kein gültiger Eintrag. Er besteht aus Uhrzeit und Grenze, etwa „08:00,512k“ oder „Mon-18:00,off“.',
  'conditions.title': 'Von selbst anhalten',
  'conditions.battery': 'Im Akkubetrieb anhalten',
  'conditions.battery.unknown': 'Im Akkubetrieb anhalten: auf diesem System nicht bekannt.',
  'conditions.metered': 'In getakteten Netzen anhalten',
  'conditions.metered.unknown': 'In getakteten Netzen anhalten: auf diesem System nicht bekannt.',
  'conditions.text': 'Danach geht es von selbst weiter. Sie können jederzeit trotzdem synchronisieren.',
  'network.title': 'Netzwerk',
  'network.proxy': 'Proxy',
  'network.proxy.system': 'Wie das System',
  'network.proxy.none': 'Keiner',
  'network.proxy.own': 'Eigener',
  'network.proxy.address': 'Adresse des Proxys',
  'network.proxy.hint':
    'Zum Beispiel „http://proxy.example.com:8080“. Der Proxy sieht die Namen der Server und keine Inhalte.',
  'network.proxy.wrong':
    'Eine Adresse beginnt mit http:// oder https:// und endet mit dem Port. Benutzername und Passwort darf sie nicht enthalten.',
  'network.proxy.save': 'Proxy speichern',
  'network.certificates': 'Zertifikate',
  'network.certificates.text':
    'Manche Firmennetze haben eine eigene Zertifizierungsstelle. Denen dieses Computers wird schon vertraut.',
  'network.certificates.none': 'Keine weiteren Zertifikate',
  'network.certificates.trusts': 'Vertraut auch',
  'network.certificates.choose': 'Datei wählen…',
  'network.certificates.forget': 'Entfernen',
  'tools.title': 'Andere Programme',
  'tools.text':
    'AWS-Programme auf diesem Computer können Ihre Anmeldung nutzen. Sie bekommen Zugangsdaten, die von selbst ablaufen, mit den Rechten Ihrer Rolle.',
  'tools.allow': 'Andere Programme dürfen die Anmeldung von {account} nutzen',
  'tools.forbidden': '{account}: vom Administrator dieses Computers abgeschaltet.',
  'tools.setUp': 'AWS-Profil einrichten…',
  'tools.needsCommandLine':
    'Installieren Sie zuerst das Kommandozeilenprogramm, um ein AWS-Profil einzurichten.',
  'awsProfile.title': 'AWS-Profil',
  'awsProfile.name': 'Name des Profils',
  'awsProfile.hint': 'Unter diesem Namen verwenden Programme das Profil.',
  'awsProfile.wrong': 'Erlaubt sind Buchstaben, Ziffern, „_“ und „-“, aber nicht „default“.',
  'awsProfile.absent': 'Diese Zeilen kämen in Ihre AWS-Einstellungen. Zugangsdaten enthalten sie nicht.',
  'awsProfile.there': 'Diese Zeilen stehen in Ihren AWS-Einstellungen.',
  'awsProfile.taken':
    'In Ihren AWS-Einstellungen gibt es schon ein Profil dieses Namens. Wählen Sie einen anderen Namen.',
  'awsProfile.left':
    'Ein anderes Programm hat die Zeilen geändert, deshalb bleiben sie. Entfernen Sie sie in einem Texteditor.',
  'awsProfile.add': 'Diese Zeilen hinzufügen…',
  'awsProfile.remove': 'Diese Zeilen entfernen',
  'error.command-line-missing':
    'Installieren Sie zuerst das Kommandozeilenprogramm. Sie finden es in den Einstellungen.',
  'error.credentials-forbidden':
    'Zugangsdaten für andere Programme sind auf diesem Computer von seinem Administrator abgeschaltet.',
  'error.certificates-unreadable':
    'Diese Datei enthält kein lesbares Zertifikat. Bitten Sie Ihren Administrator um eine Datei in der Form PEM oder DER.',
  'error.path-unquotable':
    'Der Pfad des Kommandozeilenprogramms oder der Einstellungen hat ein Zeichen, das in AWS-Einstellungen nicht stehen kann.',
  'look.title': 'App',
  'look.language': 'Sprache',
  'look.system': 'Wie das System',
  'look.theme': 'Aussehen',
  'look.theme.system': 'Wie das System',
  'look.theme.light': 'Hell',
  'look.theme.dark': 'Dunkel',
  'look.notifications': 'Mitteilungen anzeigen',
  'look.startAtLogin': 'Bei der Anmeldung am Computer starten',
  'commandLine.title': 'Kommandozeile',
  'commandLine.absent':
    'Nutzen Sie dieselben Ordner und dieselbe Anmeldung in Skripten. Die Installation schreibt nur dies:',
  'commandLine.installed': 'Die Kommandozeile ist installiert.',
  'commandLine.occupied':
    'Nicht installiert: Diese Datei gehört zu einem anderen Programm, und Driftless lässt sie unverändert:',
  'commandLine.file': 'Datei:',
  'commandLine.program': 'Sie startet:',
  'commandLine.copy': 'Kopiert nach (etwa 130 MB):',
  'commandLine.notOnPath':
    'Im Ordner dieser Datei wird noch nicht nach Programmen gesucht. Melden Sie sich am Computer ab und wieder an, oder nehmen Sie ihn in PATH auf.',
  'commandLine.install': 'Kommandozeilenprogramm installieren',
  'commandLine.remove': 'Kommandozeilenprogramm entfernen',
  'about.licence': 'MIT-Lizenz. Es enthält Pakete anderer, jedes mit seiner eigenen Lizenz.',
  'licences.open': 'Lizenzen…',
  'licences.title': 'Lizenzen',
  'licences.text': 'Pakete anderer, die Driftless enthält.',
  'licences.electron':
    'Electron und Chromium haben eigene Lizenzen: die Dateien LICENSE.electron.txt und LICENSES.chromium.html beim Programm.',
  'crashes.text':
    'Absturzberichte bleiben auf diesem Computer, keiner wird gesendet. Sie können Dateien nennen: Geben Sie sie nur Menschen, denen Sie vertrauen.',
  'crashes.show': 'Absturzberichte zeigen',
  'report.text': 'Ein Bericht für den Support nennt keine Dateien, Personen, Adressen oder Geheimnisse.',
  'report.save': 'Bericht speichern…',
  'pause.for': 'Für eine Weile anhalten',
  'pause.hour': 'Eine Stunde anhalten',
  'pause.tomorrow': 'Bis morgen früh anhalten',
  'pairs.resuming': 'Geht weiter',
  'pairs.pausedUntil': 'Angehalten bis {time}',
  'settings.unchanged': 'Es wurde nichts geändert.',
  'done.changeSettings': 'Gespeichert.',
  'done.pauseUntil': 'Angehalten. Danach geht es von selbst weiter.',
};

const tray: Catalogue = {
  'tray.state': '{state}',
  'tray.syncing': '{state}: {filesDone} von {filesTotal} Dateien, {rate}/s',
  'tray.recent': 'Letzte Dateien',
  'tray.folders': 'Ordner öffnen',
  'tray.pause': 'Anhalten',
  'tray.pause.open': 'Bis ich fortsetze',
  'tray.resume': 'Fortsetzen',
  'tray.problems': { one: '{count} Problem anzeigen…', other: '{count} Probleme anzeigen…' },
  'tray.settings': 'Einstellungen…',
};

const conflicts: Catalogue = {
  'problems.filesTitle': 'Dateien, die gerade nicht synchron sind',
  'conflicts.title': 'Konflikte',
  'conflicts.text':
    'Diese Dateien wurden an zwei Orten gleichzeitig geändert. Beide Fassungen bleiben, bis Sie eine wählen.',
  'conflicts.count': { one: '{count} Konflikt', other: '{count} Konflikte' },
  'conflicts.open': {
    one: '{count} Datei wurde an zwei Orten gleichzeitig geändert. Beide Fassungen sind erhalten.',
    other: '{count} Dateien wurden an zwei Orten gleichzeitig geändert. Beide Fassungen sind erhalten.',
  },
  'conflicts.review': 'Fassungen wählen',
  'conflicts.compare': 'Vergleichen',
  'conflicts.sizes': '{current} und {aside}',
  'conflict.title': 'Welche Fassung möchten Sie behalten?',
  'conflict.current': 'Fassung im Bucket',
  'conflict.aside': 'Fassung von {device}',
  'conflict.asideUnknown': 'Andere Fassung',
  'conflict.newer': 'neuer',
  'conflict.name': 'Name',
  'conflict.size': 'Größe',
  'conflict.changed': 'Geändert',
  'conflict.preview': 'Vorschau',
  'conflict.cut': 'Die Vorschau endet hier; die Datei ist länger.',
  'conflict.none.no-preview': 'Für diese Art von Datei gibt es keine Vorschau.',
  'conflict.none.too-large': 'Zu groß für eine Vorschau.',
  'conflict.none.desktop-only': 'Bilder zeigt die Desktop-App in einer Vorschau.',
  'conflict.none.empty': 'Die Datei ist leer.',
  'conflict.keep': 'Diese Fassung behalten',
  'conflict.both': 'Beide behalten',
  'conflict.later': 'Später entscheiden',
  'conflict.effect':
    'Die andere Fassung kommt zu den gelöschten Dateien dieses Ordners und lässt sich dort wiederherstellen.',
  'done.resolveConflict': 'Der Konflikt ist gelöst.',
  'error.local-blocked':
    'Dieser Computer lässt die Datei nicht ändern: Sie ist in Gebrauch, oder ihr Ordner ist schreibgeschützt. Nichts ging verloren.',
  'error.conflict-ambiguous': 'Diese Datei hat mehrere Kopien. Wählen Sie eine davon.',
  'error.conflict-gone': 'Dieser Konflikt besteht nicht mehr: Eine der beiden Dateien ist weg.',
  'error.conflict-changed':
    'Eine der beiden Dateien hat sich inzwischen geändert. Nichts wurde getan; sehen Sie sich beide noch einmal an.',
  'error.conflict-one-way':
    'Dieser Ordner lädt nur herunter, die Fassung im Bucket käme also zurück. Behalten Sie diese oder beide.',
};

export const deViews: Catalogue = joinTexts(navigation, conflicts, folders, lists, settings, tray);
