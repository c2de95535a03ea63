/** Why the program cannot start. A person reads these: one paragraph, no stack. */
export type StartErrorCode =
  | 'INVALID_OPTION'
  | 'TOKENS_REQUIRED'
  | 'TOKEN_FILE_INVALID'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_NOT_AVAILABLE'
  | 'DATA_IN_USE'
  | 'STORE_FAILED'
  | 'RUNTIME_UNAVAILABLE'
  | 'COPY_REFUSED'
  | 'COPY_FAILED';

/** The message says what was asked, what stopped it and what to do. */
export class StartError extends Error {
  constructor(
    readonly code: StartErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StartError';
  }
}
