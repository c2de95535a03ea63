/**
 * What names and keys may look like: Kubernetes' rules. Each function answers null when the text is fine, else the rest
 * of a sentence that begins with the field: "must be …". A missing text is the caller's to report.
 */
const labelPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const qualifiedNamePattern = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const variablePattern = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A text as it may stand in a message: quoted, and cut when long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** Names of containers, volumes and namespaces: DNS-1123 label. */
export function dnsLabelProblem(text: string): string | null {
  if (text.length > 63) return `must have at most 63 characters, not ${text.length}`;
  if (labelPattern.test(text)) return null;
  return `must consist of lower-case letters, digits and "-", and begin and end with a letter or digit; ${quoted(text)} does not`;
}

/** Names of objects: DNS-1123 subdomain. */
export function dnsSubdomainProblem(text: string): string | null {
  if (text.length > 253) return `must have at most 253 characters, not ${text.length}`;
  if (text.split('.').every((part) => labelPattern.test(part))) return null;
  return (
    'must consist of lower-case letters, digits, "-" and ".", and each part between dots must begin and end with a ' +
    `letter or digit; ${quoted(text)} does not`
  );
}

/** What may be put before five random characters and still be an object's name. */
export function namePrefixProblem(text: string): string | null {
  return dnsSubdomainProblem(`${text}x`) === null ? null : `must be the beginning of a valid name (lower-case letters, digits, "-" and "."); ${quoted(text)} is not`;
}

/** Keys of labels and annotations: an optional prefix (a DNS subdomain) and "/", then a name of at most 63 characters. */
export function labelKeyProblem(key: string): string | null {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? null : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== null && dnsSubdomainProblem(prefix) !== null) {
    return `must have a DNS name before the "/", like example.com/tier; ${quoted(prefix)} is none`;
  }
  if (name.length > 63) return `must have at most 63 characters in its name part, not ${name.length}`;
  if (qualifiedNamePattern.test(name)) return null;
  return `must have a name of letters, digits, "-", "_" and "." that begins and ends with a letter or digit; ${quoted(name)} is none`;
}

export function labelValueProblem(value: string): string | null {
  if (value.length > 63) return `must have at most 63 characters, not ${value.length}`;
  if (value === '' || qualifiedNamePattern.test(value)) return null;
  return `must consist of letters, digits, "-", "_" and ".", and begin and end with a letter or digit; ${quoted(value)} does not`;
}

/** Names of environment variables. */
export function variableNameProblem(text: string): string | null {
  if (text.length > 256) return `must have at most 256 characters, not ${text.length}`;
  if (text === '.' || text.startsWith('..')) return `must not be "." or begin with ".."`;
  if (variablePattern.test(text)) return null;
  return `must consist of letters, digits, "_", "-" and ".", and must not begin with a digit; ${quoted(text)} does not fit`;
}

/** Names of ports: at most 15 characters, at least one letter, no two "-" in a row. */
export function portNameProblem(text: string): string | null {
  if (text.length > 15) return `must have at most 15 characters, not ${text.length}`;
  if (labelPattern.test(text) && /[a-z]/.test(text) && !text.includes('--')) return null;
  return `must consist of lower-case letters, digits and single "-", with at least one letter; ${quoted(text)} does not`;
}

/** A path from the root, without ".." and without characters that no file system call takes. */
export function absolutePathProblem(path: string): string | null {
  if (path.length > 4096) return `must have at most 4096 characters, not ${path.length}`;
  if (path.includes('\0')) return 'must not contain a NUL character';
  if (!path.startsWith('/')) return `must be an absolute path (begin with "/"); ${quoted(path)} is not`;
  if (path.split('/').includes('..')) return `must not contain ".."; write where ${quoted(path)} leads`;
  return null;
}

export function relativePathProblem(path: string): string | null {
  if (path.startsWith('/')) return `must be a relative path; ${quoted(path)} is absolute`;
  return absolutePathProblem(`/${path}`);
}

/** UUIDs in lower case, of any version. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
