import type { Labels } from '../api/meta';
import { labelKeyProblem, labelValueProblem } from '../api/names';
import { StartError } from './start-error';

/** Of these a kubelet says by itself what is true, or nobody does; where the machine stands only a person knows. */
const reserved = /^([^/]+\.)?(kubernetes\.io|k8s\.io|podql\.io)\//;
const anyhowAllowed: ReadonlySet<string> = new Set(['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']);

/** From "key=value,key=value". Throws StartError INVALID_OPTION. */
export function compileNodeLabels(text: string): Labels {
  const labels = new Map<string, string>();
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const [key, value] = pairOf(part);
    const problem = keyProblem(key, labels) ?? labelValueProblem(value);
    if (problem !== null) throw new StartError('INVALID_OPTION', `--node-labels: ${JSON.stringify(part)} ${problem}.`);
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}

function pairOf(part: string): readonly [key: string, value: string] {
  const at = part.indexOf('=');
  if (at > 0) return [part.slice(0, at), part.slice(at + 1)];
  throw new StartError('INVALID_OPTION', `--node-labels: ${JSON.stringify(part)} is not a label. Write key=value, several with commas between them.`);
}

function keyProblem(key: string, earlier: ReadonlyMap<string, string>): string | null {
  if (earlier.has(key)) return 'is there twice';
  if (reserved.test(key) && !anyhowAllowed.has(key)) return 'has a reserved prefix; take one of your own, or none';
  return labelKeyProblem(key);
}
