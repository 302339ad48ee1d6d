// The name that a person gives to a key. Shown on terminals, so it must not move a cursor, hide, or reverse the text around it.
import { FormatError } from '@countersign/core';

const LONGEST = 64;

/** `label`, when it may stand in a key file: 1 to 64 characters, none of control, format or private use. Throws FormatError('invalid-name'). */
export function checkLabel(label: string): string {
  if (label.length === 0 || label.length > LONGEST) {
    throw new FormatError('invalid-name', `key label has ${label.length} characters, wanted 1 to ${LONGEST}`);
  }
  if (/\p{C}/u.test(label) || label !== label.trim()) {
    throw new FormatError('invalid-name', 'key label holds control characters, or white space at an end');
  }
  return label;
}
