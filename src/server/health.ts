/** One thing that must be well before traffic should come. Null: it is well; else one sentence. */
export interface ReadinessCheck {
  readonly name: string;
  readonly problem: () => string | null;
}

export interface HealthReport {
  readonly status: 200 | 503;
  readonly body: string;
}

/** Kubernetes' form: "ok", or the list of checks with [+] and [-]. Always the list when something is wrong. */
export function readiness(checks: readonly ReadinessCheck[], options: { verbose: boolean }): HealthReport {
  const results = checks.map((check) => ({ name: check.name, problem: check.problem() }));
  const isReady = results.every((result) => result.problem === null);
  if (isReady && !options.verbose) return { status: 200, body: 'ok\n' };
  const lines = results.map(({ name, problem }) => (problem === null ? `[+] ${name} ok` : `[-] ${name}: ${problem}`));
  lines.push(isReady ? 'readyz check passed' : 'readyz check failed');
  return { status: isReady ? 200 : 503, body: `${lines.join('\n')}\n` };
}
