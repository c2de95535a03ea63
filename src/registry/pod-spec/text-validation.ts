import type { Causes } from '../causes';

const mostArguments = 1000;
/** Linux takes no longer single argument or variable. */
const longestText = 128 * 1024;

/** What is handed to the operating system: bounded, and without the character that ends a text there. */
export function validateTexts(causes: Causes, field: string, texts: readonly string[]): void {
  if (!causes.atMost(field, texts.length, mostArguments, 'entries')) return;
  texts.forEach((text, index) => validateText(causes, `${field}[${index}]`, text));
}

export function validateText(causes: Causes, field: string, text: string): void {
  if (text.includes('\0')) causes.invalid(field, 'must not contain a NUL character');
  if (Buffer.byteLength(text) >= longestText) causes.add(field, 'FieldValueTooLong', `must have fewer than ${longestText} bytes, not ${Buffer.byteLength(text)}`);
}
