import type { Cause, CauseReason } from '../../errors/api-error';
import { ApiError } from '../../errors/api-error';

/** Where something stands in the text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** How many problems the message itself shows; details.causes has more. */
const mostShown = 10;
const mostCauses = 100;

/** What is wrong with a manifest: everything, in the order of the text. */
export class Problems {
  private readonly found: (Cause & Position)[] = [];

  /** `message` is a whole sentence that names the field. */
  add(at: Position, problem: { field: string; reason: CauseReason; message: string; suggestion?: string | undefined }): void {
    const { field, reason, message, suggestion } = problem;
    const cause = { field, reason, message: `line ${at.line}: ${message}`, line: at.line, column: at.column };
    this.found.push(suggestion === undefined ? cause : { ...cause, suggestion });
  }

  get isEmpty(): boolean {
    return this.found.length === 0;
  }

  throwIfAny(): void {
    if (!this.isEmpty) throw this.error();
  }

  /** INVALID, with all problems; nothing was applied. */
  error(): ApiError {
    const causes = [...this.found].sort((a, b) => a.line - b.line || a.column - b.column);
    const shown = causes.slice(0, mostShown).map((cause) => cause.message);
    if (causes.length > mostShown) shown.push(`and ${causes.length - mostShown} more problems`);
    const body = shown.join('\n');
    return new ApiError('INVALID', `${body}${/[.?!]$/.test(body) ? '' : '.'}${causes.length > 1 ? '\n' : ' '}Nothing was created or changed.`, {
      details: { causes: causes.slice(0, mostCauses) },
      outcome: 'notApplied',
    });
  }
}
