/** Pseudo-language: English with accents and a third more length, fields and plural forms intact. */
import type { Catalogue, Template } from '../../preload/locales/lookup.ts';

const plainLetters = 'aeiouycnsAEIOUYCNS';
const accentedLetters = 'áéíóúýçñšÁÉÍÓÚÝÇÑŠ';

function accented(letter: string): string {
  const at = plainLetters.indexOf(letter);
  return at === -1 ? letter : accentedLetters.charAt(at);
}

export function pseudoText(text: string): string {
  // A field's name in braces stays as it is.
  const parts = text
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? part : part.replace(/[a-z]/gi, accented)));
  return `[${parts.join('')}${'~'.repeat(Math.ceil(text.length / 3))}]`;
}

/** Equal for a text in English and in the pseudo-language. */
export function comparable(text: string): string {
  return text.normalize('NFD').replace(/[\u0300-\u036f[\]~]/g, '');
}

function pseudoTemplate(template: Template): Template {
  if (typeof template === 'string') return pseudoText(template);
  return { one: pseudoText(template.one), other: pseudoText(template.other) };
}

export function pseudoCatalogue(catalogue: Catalogue): Catalogue {
  return Object.fromEntries(
    Object.entries(catalogue).map(([key, template]) => [key, pseudoTemplate(template)]),
  );
}
