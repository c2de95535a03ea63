import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import pretty from 'pino-pretty';
import type { LogFields, Logger } from '../base/logger';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export const logFormats = ['auto', 'pretty', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** auto: pretty on a terminal, JSON otherwise. */
  readonly format: LogFormat;
  /** Standard error: standard output belongs to the banner and to what commands print. */
  readonly terminal: boolean;
  readonly destination?: DestinationStream;
}

/** Wherever a token could stand in a line's fields. */
const secrets = ['token', 'authorization', '*.token', '*.authorization', 'headers.authorization'];

export function createLogger(options: LoggerOptions): Logger {
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && options.terminal);
  // Written at once, in both forms: the last lines before a crash are the ones that are needed.
  const destination =
    options.destination ?? (isPretty ? prettyStream(options.terminal) : pino.destination({ dest: 2, sync: true }));
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secrets, censor: '[redacted]' },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    destination,
  );
  return wrap(root);
}

function prettyStream(colorize: boolean): DestinationStream {
  return pretty({
    colorize,
    destination: 2,
    sync: true,
    messageKey: 'message',
    errorLikeObjectKeys: ['error'],
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
}

function wrap(root: PinoLogger): Logger {
  return {
    debug: (message: string, fields: LogFields = {}) => root.debug(fields, message),
    info: (message: string, fields: LogFields = {}) => root.info(fields, message),
    warn: (message: string, fields: LogFields = {}) => root.warn(fields, message),
    error: (message: string, fields: LogFields = {}) => root.error(fields, message),
    child: (fields: LogFields) => wrap(root.child(fields)),
  };
}
