/** A Kubernetes v1 manifest. `spec` and `container` are lines of YAML, each indented as it stands in the pod and in the container. */
export function podManifest(name: string, { container, spec = '' }: { readonly container: string; readonly spec?: string }): string {
  return `---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
${indented(spec, 2)}
  containers:
  - name: main
${indented(container, 4)}
`;
}

/** A Never pod of one container for each name. */
export function jobsManifest(name: string, containers: Readonly<Record<string, string>>): string {
  const items = Object.entries(containers).map(([container, lines]) => `  - name: ${container}\n${indented(lines, 4)}`);
  return `---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  restartPolicy: Never\n  containers:\n${items.join('\n')}\n`;
}

/** The two lines of a container that runs a script in busybox. */
export function busyboxShell(script: string): string {
  return `image: busybox:1.36\ncommand: [sh, -c, ${JSON.stringify(script)}]`;
}

/** A script that stays until it is asked to end, and then leaves with 0. */
export const stayScript = 'trap "exit 0" TERM; sleep 100000 & wait';

function indented(lines: string, by: number): string {
  return lines.trim().replaceAll(/^/gm, ' '.repeat(by));
}
