import { createLogger } from '../../../src/server/logger';

function lines(level: 'debug' | 'info' = 'info'): { logger: ReturnType<typeof createLogger>; read: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const logger = createLogger({ level, format: 'json', terminal: false, destination: { write: (line: string) => void written.push(line) } });
  return { logger, read: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  test('is one JSON object per line with level, time and fields', () => {
    const { logger, read } = lines();
    logger.child({ node: 'a' }).info('hello', { pod: 'web-0' });
    expect(read()).toEqual([{ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), node: 'a', pod: 'web-0', message: 'hello' }]);
  });

  test('leaves out what is below its level', () => {
    const { logger, read } = lines();
    logger.debug('quiet');
    expect(read()).toEqual([]);
  });

  test('shows errors with their causes', () => {
    const { logger, read } = lines();
    logger.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
    expect(JSON.stringify(read()[0])).toContain('inner');
  });

  test('never shows a token', () => {
    const { logger, read } = lines();
    logger.info('caller', { token: 'secret-1', caller: { token: 'secret-2' }, authorization: 'Bearer secret-3' });
    expect(JSON.stringify(read())).not.toContain('secret');
  });
});
