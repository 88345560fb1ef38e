// Catalogues by language, and the choice of one for a user.
import { de } from './de.ts';
import { en } from './en.ts';
import { createWords } from './lookup.ts';
import type { Catalogue, Words } from './lookup.ts';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

const catalogues: Readonly<Record<Language, Catalogue>> = { en, de };

/** @param locale BCP 47 tag of the system, such as `de-AT`; null if it is not known */
export function languageOf(locale: string | null): Language {
  const tag = locale?.toLowerCase().split('-')[0];
  return languages.find((language) => language === tag) ?? 'en';
}

/** The locale of numbers and times: the system's where it is of the language of the texts. */
export function formatLocaleOf(locale: string | null, language: Language): string {
  const tag = locale?.toLowerCase().split('-')[0];
  return locale !== null && tag === language ? locale : language;
}

export function wordsIn(language: Language): Words {
  return createWords(catalogues[language], language);
}
