import { createHash } from 'node:crypto';
import type { Container, Pod } from '../api/pod';
import type { ContainerRecord } from './runtime/runtime';

/** What the kubelet leaves with each container, so that a later kubelet goes on where this one was. */
export interface ContainerNotes {
  /** Restarts in a row that led to this run (restart-policy.ts). */
  readonly step: number;
  /** The pod's generation it was created for; null in notes that say nothing. */
  readonly generation: number | null;
  readonly specHash: string | null;
  /** When the pod object was created that it was made for; null in notes that say nothing. */
  readonly podCreated: string | null;
}

export function writeNotes(notes: { step: number; specHash: string; pod: Pick<Pod, 'generation' | 'creationTimestamp'> }): Readonly<Record<string, string>> {
  const { step, specHash, pod } = notes;
  return { step: String(step), generation: String(pod.generation), specHash, podCreated: pod.creationTimestamp };
}

export function readNotes(record: ContainerRecord | null): ContainerNotes {
  const { step, generation, specHash, podCreated } = record?.notes ?? {};
  return {
    step: step === undefined ? 0 : Number(step) || 0,
    generation: generation === undefined ? null : Number(generation),
    specHash: specHash ?? null,
    podCreated: podCreated ?? null,
  };
}

/**
 * Changes exactly when a running container has to be replaced. Made of a fixed list of fields, so that a field that a
 * later podql adds to containers does not restart everything on upgrade.
 */
export function specHash(container: Container): string {
  const { name, image, command, args, workingDir, env } = container;
  const text = JSON.stringify([name, image, command, args, workingDir, env.map((v) => [v.name, v.value])]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The pod's spec was changed after this container was created. */
export function isOutdated(record: ContainerRecord | null, pod: Pod): boolean {
  const { generation } = readNotes(record);
  return generation !== null && generation !== pod.generation;
}

/** It was made for an earlier pod that had this pod's uid. Two objects of one uid do not have one creation. */
export function isOfAnother(record: ContainerRecord, pod: Pod): boolean {
  const { podCreated } = readNotes(record);
  return podCreated !== null && podCreated !== pod.creationTimestamp;
}
