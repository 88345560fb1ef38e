// German texts of the questions before a large change. An answer is named by its effect.
import type { Catalogue } from './lookup.ts';

export const deQuestions: Catalogue = {
  'guard.mass-removal-local': '{count} von {total} Dateien wurden im Bucket gelöscht.',
  'guard.mass-removal-remote': '{count} von {total} Dateien wurden auf diesem Computer gelöscht.',
  'guard.mass-replacement-local': '{count} von {total} Dateien wurden im Bucket geändert.',
  'guard.mass-replacement-remote': '{count} von {total} Dateien wurden auf diesem Computer geändert.',
  'guard.mixed-local':
    '{removals} von {total} Dateien wurden im Bucket gelöscht und {replacements} geändert.',
  'guard.mixed-remote':
    '{removals} von {total} Dateien wurden auf diesem Computer gelöscht und {replacements} geändert.',
  'guard.emptied-local': 'Alle {count} Dateien wurden im Bucket gelöscht.',
  'guard.emptied-remote': 'Alle {count} Dateien wurden auf diesem Computer gelöscht.',
  'guard.mass-conflict': '{count} Dateien wurden auf beiden Seiten geändert.',
  'guard.root-marker-missing':
    'Dieser Ordner sieht nicht aus wie der, der zuvor synchronisiert wurde. Vielleicht ist ein Laufwerk nicht verbunden.',
  'guard.root-marker-foreign': 'Dieser Ordner gehört zu einer anderen Einrichtung von Driftless.',
  'guard.bucket-marker-missing':
    'Der Bucket sieht nicht aus wie der, der zuvor synchronisiert wurde. Vielleicht wurde er geleert oder ausgetauscht.',
  'guard.bucket-marker-foreign': 'Der Bucket gehört zu anderen Ordnern.',
  'guard.unknown': 'Driftless hat zur Sicherheit angehalten ({code}).',

  'guard.state.removal-local': 'Auf diesem Computer sind alle noch da.',
  'guard.state.removal-remote': 'Im Bucket sind alle noch da.',
  'guard.state.replacement-local': 'Dieser Computer hat noch die früheren Fassungen.',
  'guard.state.replacement-remote': 'Der Bucket hat noch die früheren Fassungen.',
  'guard.state.conflict': 'Von jeder sind noch beide Fassungen da.',
  'guard.state.root-marker': 'Es wurde nichts geändert.',
  'guard.state.bucket-marker': 'Es wurde nichts geändert.',
  'guard.state.unknown': 'Es wurde nichts geändert.',
  'guard.done.removal-local': {
    one: '{count} davon liegt schon im Papierkorb dieses Computers und kann zurückgeholt werden.',
    other: '{count} davon liegen schon im Papierkorb dieses Computers und können zurückgeholt werden.',
  },
  'guard.done.removal-remote': {
    one: '{count} davon wurde schon aus dem Bucket entfernt und kann zurückgeholt werden.',
    other: '{count} davon wurden schon aus dem Bucket entfernt und können zurückgeholt werden.',
  },
  'guard.done.replacement-local': {
    one: '{count} davon wurde auf diesem Computer schon ersetzt; die frühere Fassung liegt im Papierkorb.',
    other:
      '{count} davon wurden auf diesem Computer schon ersetzt; die früheren Fassungen liegen im Papierkorb.',
  },
  'guard.done.replacement-remote': {
    one: '{count} davon wurde im Bucket schon ersetzt; die frühere Fassung kann wiederhergestellt werden.',
    other:
      '{count} davon wurden im Bucket schon ersetzt; die früheren Fassungen können wiederhergestellt werden.',
  },
  'guard.rest': {
    one: 'Die andere wartet auf Ihre Antwort.',
    other: 'Die anderen {count} warten auf Ihre Antwort.',
  },

  'guard.keep.removal-local': {
    one: 'Die Datei zurück in den Bucket legen',
    other: 'Die {count} Dateien zurück in den Bucket legen',
  },
  'guard.keep.removal-remote': {
    one: 'Die Datei auf diesen Computer zurückholen',
    other: 'Die {count} Dateien auf diesen Computer zurückholen',
  },
  'guard.keep.removal-remote.stay': {
    one: 'Die Datei im Bucket behalten',
    other: 'Die {count} Dateien im Bucket behalten',
  },
  'guard.keep.replacement-local': 'Die Fassungen dieses Computers zurück in den Bucket legen',
  'guard.keep.replacement-remote': 'Die Fassungen des Buckets auf diesen Computer zurückholen',
  'guard.keep.replacement-remote.stay': 'Die Fassungen des Buckets im Bucket behalten',
  'guard.keep.conflict': {
    one: 'Beide Fassungen der Datei behalten',
    other: 'Beide Fassungen von {count} Dateien behalten',
  },
  'guard.keep.root-marker': 'Das ist der richtige Ordner',
  'guard.keep.bucket-marker': 'Das ist der richtige Bucket',
  'guard.keep.unknown': 'Die Dateien auf beiden Seiten behalten',
  'guard.remove.removal-local': {
    one: '{count} Datei auf diesem Computer löschen',
    other: '{count} Dateien auf diesem Computer löschen',
  },
  'guard.remove.removal-remote': {
    one: '{count} Datei aus dem Bucket löschen',
    other: '{count} Dateien aus dem Bucket löschen',
  },
  'guard.remove.replacement-local': {
    one: '{count} Datei auf diesem Computer ersetzen',
    other: '{count} Dateien auf diesem Computer ersetzen',
  },
  'guard.remove.replacement-remote': {
    one: '{count} Datei im Bucket ersetzen',
    other: '{count} Dateien im Bucket ersetzen',
  },
  'guard.remove.mixed-local':
    '{removals} der Dateien auf diesem Computer löschen und {replacements} ersetzen',
  'guard.remove.mixed-remote': '{removals} der Dateien im Bucket löschen und {replacements} ersetzen',
  'guard.later': 'Später entscheiden',

  'guard.title': 'Was soll mit diesen Dateien geschehen?',
  'guard.title.marker': 'Ist das der richtige Ort?',
  'guard.waits': 'Bis Sie entscheiden, wird dieser Ordner nicht synchronisiert.',
  'guard.where.local': 'Auf diesem Computer',
  'guard.where.remote': 'Im Bucket',
  'guard.removals': { one: '{count} Datei würde gelöscht', other: '{count} Dateien würden gelöscht' },
  'guard.replacements': { one: '{count} Datei würde ersetzt', other: '{count} Dateien würden ersetzt' },
  'guard.conflicts': {
    one: '{count} Datei würde doppelt behalten',
    other: '{count} Dateien würden doppelt behalten',
  },
  'guard.total': 'von {total}',
  'guard.examples': 'Zum Beispiel',
  'guard.moreExamples': { one: 'und {count} weitere', other: 'und {count} weitere' },
  'guard.showAll': 'Alles anzeigen, was getan würde',
  'guard.undo.local': 'Was hier gelöscht oder ersetzt wird, bleibt bis zu 30 Tage im Papierkorb.',
  'guard.undo.remote':
    'Was im Bucket gelöscht oder ersetzt wird, kann aus seinen Versionen oder seinem Papierkorb wiederhergestellt werden.',
  'guard.undo.merge':
    'Beide Seiten werden zusammengeführt: Nichts wird gelöscht, und was auf einer Seite fehlt, wird von der anderen kopiert.',
  'guard.gone': 'Schon beantwortet.',
};
