import { absolutePathProblem, dnsLabelProblem } from '../../api/names';
import type { Volume } from '../../api/pod';
import type { Causes } from '../causes';
import { amount } from './resource-validation';

const media = ['""', 'Memory'] as const;
export const hostPathTypes = ['', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate'] as const;

/** Defaults make a volume without source an emptyDir, so what is left to refuse is two sources. */
export function validateVolume(causes: Causes, field: string, { name, emptyDir, hostPath }: Volume): void {
  if (name === '') causes.required(`${field}.name`, 'must be given: volumeMounts refer to it');
  else causes.problem(`${field}.name`, dnsLabelProblem(name));
  if (emptyDir && hostPath) causes.forbidden(`${field}.hostPath`, 'must be absent: a volume has one source, and emptyDir is given too');
  if (emptyDir) {
    if (emptyDir.medium !== '' && emptyDir.medium !== 'Memory') causes.notSupported(`${field}.emptyDir.medium`, emptyDir.medium, media);
    amount(causes, `${field}.emptyDir.sizeLimit`, emptyDir.sizeLimit, '"64Mi"');
  }
  if (hostPath) {
    if (hostPath.path === '') causes.required(`${field}.hostPath.path`, 'must be given: an absolute path on the node');
    else causes.problem(`${field}.hostPath.path`, absolutePathProblem(hostPath.path));
    const types: readonly string[] = hostPathTypes;
    if (!types.includes(hostPath.type)) {
      causes.notSupported(`${field}.hostPath.type`, hostPath.type, ['""', ...hostPathTypes.slice(1)]);
    }
  }
}
