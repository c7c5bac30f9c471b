/** Quoting for ClickHouse SQL. Everything that a person typed goes through here before it meets a statement. */

/** A string literal. Backslash and quote are escaped, control characters too, so the text cannot leave its quotes. */
export function literal(value: string): string {
  let out = "'";
  for (const char of value) {
    switch (char) {
      case '\\':
        out += '\\\\';
        break;
      case "'":
        out += "\\'";
        break;
      case '\n':
        out += '\\n';
        break;
      case '\r':
        out += '\\r';
        break;
      case '\t':
        out += '\\t';
        break;
      case '\0':
        out += '\\0';
        break;
      default:
        out += char;
    }
  }
  return `${out}'`;
}

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A column name, in backquotes unless it is a plain word. `Extra.key` is the value of a key of the map `Extra`. */
export function identifier(name: string): string {
  const dot = name.indexOf('.');
  if (dot > 0 && plain.test(name.slice(0, dot))) return `${name.slice(0, dot)}[${literal(name.slice(dot + 1))}]`;
  if (plain.test(name)) return name;
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A number literal when the text is exactly a number that ClickHouse reads, else null. */
export function numberLiteral(text: string): string | null {
  return /^[+-]?\d{1,19}(\.\d{1,17})?$/.test(text.trim()) ? text.trim().replace(/^\+/, '') : null;
}
