import { InvalidArgumentError, Option } from 'commander';
import { logFormats, logLevels } from '../server/logger';
import { runtimeNames } from '../server/options';

/** Each may also stand in the environment: PODQL_ and its name in capitals. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  return made.env(`PODQL_${made.name().replaceAll('-', '_').toUpperCase()}`);
}

export const runtimeOption = (names: readonly string[] = runtimeNames): Option =>
  option('--runtime <name>', 'what runs containers; auto: Docker if an engine answers, else local processes').choices(names).default('auto');

export const nodeNameOption = (): Option => option('--node-name <name>', "name of this machine's node (default: its host name)");

export const processImagesOption = (): Option =>
  option('--process-images <rule>', 'what local processes do with an image other than "host": refuse (the pod waits and says why), or ignore the image')
    .choices(['refuse', 'ignore'])
    .default('refuse');

export const dockerHostOption = (): Option => option('--docker-host <url>', 'the Docker Engine: unix:///PATH or tcp://HOST:PORT (default: DOCKER_HOST, else where Docker usually is)');

export const preparedSandboxesOption = (): Option =>
  option('--prepared-sandboxes <number>', 'how many networks wait for pods to come, so that these start sooner (default: what 1 % of the memory holds, 3 to 30)').argParser(wholeNumber);

export const registryCredentialsOption = (): Option => option('--registry-credentials <file>', 'who logs in to which image registry: a file as docker login writes it');

/** What this machine is as a node. */
export const nodeOptions = (): Option[] => [
  option('--lease-seconds <seconds>', 'how long after its last sign of life this node counts as there (default: 40)').argParser(wholeNumber),
  option('--reserve-cpu <amount>', 'kept from pods, for the machine itself: 500m, 2 (default: nothing)'),
  option('--reserve-memory <amount>', 'kept from pods: 512Mi, 1Gi (default: nothing)'),
  option('--disk-pressure-percent <share>', 'below this share of free space of its disk the node takes no new pods; 0: never (default: 10)').argParser(wholeNumber),
  option('--dead-containers <number>', 'how many dead containers are kept beside the latest run of each, for their logs (default: 1)').argParser(wholeNumber),
  option('--node-labels <labels>', 'what the nodeSelector of a pod finds this node by: key=value, several with commas between them'),
];

export const allowOriginOption = (): Option =>
  option('--allow-origin <origin>', 'a site whose pages may use the API, as https://dashboard.example; may stand several times, in the environment with commas').argParser(
    (text: string, earlier: readonly string[] = []) => [...earlier, ...text.split(',').flatMap((part) => part.trim() || [])],
  );

export const logLevelOption = (): Option => option('--log-level <level>', 'least important lines to log').choices(logLevels).default('info');

export const logFormatOption = (): Option =>
  option('--log-format <format>', 'auto: pretty on a terminal, JSON otherwise').choices(logFormats).default('auto');

/** How to reach an etcd, beyond its address. */
export const etcdOptions = (): Option[] => [
  option('--etcd-ca <file>', 'speak TLS to etcd: the CA of its certificates, PEM'),
  option('--etcd-cert <file>', 'certificate to show to etcd, PEM'),
  option('--etcd-key <file>', 'its key, PEM'),
  option('--etcd-user <name>', 'who logs in to etcd'),
  option('--etcd-password-file <file>', 'a file that holds the password'),
  option('--etcd-quota-bytes <bytes>', "etcd's --quota-backend-bytes, for the warning before it is full (default: 2 GiB)").argParser(wholeNumber),
];

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0 && text.trim() !== '') return value;
  throw new InvalidArgumentError('It must be a whole number.');
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number greater than 0.');
}
