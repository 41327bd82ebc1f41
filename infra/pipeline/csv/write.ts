/** A field as CSV: quoted only where a reader would otherwise take it for something else (RFC 4180). */
export function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

export function csvLine(fields: readonly string[]): string {
  return `${fields.map(quoted).join(',')}\n`;
}
