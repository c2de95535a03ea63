import type { Container } from '../../../api/pod';
import { expand } from '../expansion';

/** The variable by which processes of a container are found again, however they hide. */
export const containerIdVariable = 'PODQL_CONTAINER_ID';

export type Environment = Readonly<Record<string, string>>;

/** $(NAME) in a value sees what stands before it: the defaults and the container's variables further up. */
export function environmentOf(defaults: Environment, container: Container, id: string): Environment {
  const variables: Record<string, string> = { ...defaults };
  for (const { name, value } of container.env) variables[name] = expand(value, variables);
  variables[containerIdVariable] = id;
  return variables;
}

/** PODQL_VOLUME_ and the volume's name in capitals, every other character than a letter or digit as _. */
export function volumeVariable(volumeName: string): string {
  return `PODQL_VOLUME_${volumeName.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/** Names that a shell drops, sets or obeys itself; LD_… would load foreign code into the shim. */
const shellsOwn = /^(?:LD_.*|DYLD_.*|BASH.*|PS[0-9]|IFS|ENV|UID|EUID|PPID|PWD|OLDPWD|SHLVL|SHELLOPTS|OPT(?:IND|ARG|ERR)|RANDOM|SECONDS|LINENO|_|podql_.*)$/;

/**
 * The shim is a shell between us and the program. Variables that pass through a shell unharmed go the plain way; the
 * rest are put in front of the program by env(1).
 */
export function splitForShell(environment: Environment): { readonly plain: Environment; readonly viaEnv: readonly string[] } {
  const plain: Record<string, string> = {};
  const viaEnv: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !shellsOwn.test(name)) plain[name] = value;
    else viaEnv.push(`${name}=${value}`);
  }
  return { plain, viaEnv };
}
