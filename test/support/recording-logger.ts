import type { LogFields, Logger } from '../../src/base/logger';

export interface LogLine extends LogFields {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** Keeps what is said. */
export class RecordingLogger implements Logger {
  constructor(
    readonly lines: LogLine[] = [],
    private readonly fields: LogFields = {},
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.lines.push({ ...this.fields, ...fields, level: 'debug', message });
  }

  info(message: string, fields?: LogFields): void {
    this.lines.push({ ...this.fields, ...fields, level: 'info', message });
  }

  warn(message: string, fields?: LogFields): void {
    this.lines.push({ ...this.fields, ...fields, level: 'warn', message });
  }

  error(message: string, fields?: LogFields): void {
    this.lines.push({ ...this.fields, ...fields, level: 'error', message });
  }

  child(fields: LogFields): Logger {
    return new RecordingLogger(this.lines, { ...this.fields, ...fields });
  }
}
