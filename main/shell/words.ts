// Texts of the shell from the page's catalogue, in the chosen language.
import type { Snapshot } from '../../preload/contract.ts';
import { languageOf, wordsIn } from '../../preload/locales/catalogues.ts';
import type { Language } from '../../preload/locales/catalogues.ts';
import type { Words } from '../../preload/locales/lookup.ts';

type LanguageFacts = Pick<Snapshot, 'app' | 'settings'>;

/** Language of the user's choice, else of the system. */
export function languageIn({ app, settings }: LanguageFacts): Language {
  return settings.language ?? languageOf(app.locale);
}

export function wordsFor(facts: LanguageFacts): Words {
  return wordsIn(languageIn(facts));
}

/** Before the settings are known. @param locale BCP 47 tag of the system; empty before Electron is ready */
export function wordsOfSystem(locale: string): Words {
  return wordsIn(languageOf(locale));
}
