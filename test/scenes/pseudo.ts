/**
 * Pseudo-languages: `pseudo` is English with accents and a third more length, `pseudo-rtl` English in Arabic letters. Fields
 * and plural forms stay as they are.
 */
import type { Catalogue, Template } from '../../preload/locales/lookup.ts';

export const pseudoLanguages = ['pseudo', 'pseudo-rtl'] as const;
export type PseudoLanguage = (typeof pseudoLanguages)[number];

const letters: Readonly<Record<PseudoLanguage, readonly [string, string]>> = {
  pseudo: ['aeiouycnsAEIOUYCNS', 'áéíóúýçñšÁÉÍÓÚÝÇÑŠ'],
  // By sound where there is one; no two alike, so that a text can be led back to its English.
  'pseudo-rtl': ['abcdefghijklmnopqrstuvwxyz', 'ابثدعفغهيجكلمنوذقرستؤزشخئظ'],
};

function replaced(letter: string, language: PseudoLanguage): string {
  const [plain, shown] = letters[language];
  const at = plain.indexOf(language === 'pseudo' ? letter : letter.toLowerCase());
  return at === -1 ? letter : shown.charAt(at);
}

export function pseudoText(text: string, language: PseudoLanguage): string {
  // A field's name in braces stays as it is.
  const parts = text
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith('{') ? part : part.replace(/[a-z]/gi, (letter) => replaced(letter, language)),
    );
  return `[${parts.join('')}${'~'.repeat(Math.ceil(text.length / 3))}]`;
}

/** Equal for a text in English and in either pseudo-language. */
export function comparable(text: string): string {
  const [plain, arabic] = letters['pseudo-rtl'];
  return text
    .normalize('NFC')
    .replace(/[\u0600-\u06ff]/g, (letter) => plain.charAt(arabic.indexOf(letter)) || letter)
    .normalize('NFD')
    .replace(/[\u0300-\u036f[\]~]/g, '')
    .toLowerCase();
}

function pseudoTemplate(template: Template, language: PseudoLanguage): Template {
  if (typeof template === 'string') return pseudoText(template, language);
  return { one: pseudoText(template.one, language), other: pseudoText(template.other, language) };
}

export function pseudoCatalogue(catalogue: Catalogue, language: PseudoLanguage): Catalogue {
  return Object.fromEntries(
    Object.entries(catalogue).map(([key, template]) => [key, pseudoTemplate(template, language)]),
  );
}

/** Numbers, sizes and times in Arabic as well: a letter of the Latin script is then from outside, or past the catalogue. */
export function formatInArabic(): void {
  for (const name of ['NumberFormat', 'DateTimeFormat', 'RelativeTimeFormat'] as const) {
    const arabic = new Proxy<new (...given: never[]) => object>(Intl[name], {
      construct: (format, [, options]: readonly unknown[]) =>
        Reflect.construct(format, ['ar-EG', options]) as object,
    });
    Object.defineProperty(Intl, name, { value: arabic });
  }
}
