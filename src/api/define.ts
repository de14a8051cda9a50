import type { z } from 'zod';
import type { Rule } from './rules.ts';

const API_GROUP = 'opta.dev';
const API_VERSION = 'v1alpha1';

/** A column of `kubectl get`. Priority 1 is shown by `-o wide` only. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'boolean' | 'date';
  jsonPath: string;
  description: string;
  priority?: 0 | 1;
}

interface Definition<Spec extends z.ZodObject, Status extends z.ZodObject> {
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  scope: 'Namespaced' | 'Cluster';
  categories: readonly string[];
  /** What the kind is, for `kubectl explain`. */
  description: string;
  columns: readonly Column[];
  spec: Spec;
  status: Status;
  /** CEL on `spec`, never at the root: a rule there blocks finalizers and status of stored objects. */
  rules: readonly Rule[];
}

/** A custom resource: what the API server is told about it, and where its objects are. */
export interface Kind<Spec extends z.ZodObject = z.ZodObject, Status extends z.ZodObject = z.ZodObject>
  extends Definition<Spec, Status> {
  group: string;
  version: string;
  apiVersion: string;
  namespaced: boolean;
}

/** The part of an object that is of the kind's own: spec and status. */
export interface ObjectOf<K extends Kind> {
  spec: z.infer<K['spec']>;
  status?: z.infer<K['status']>;
}

/** Adds group and version, which are the same for all kinds. */
export function defineKind<Spec extends z.ZodObject, Status extends z.ZodObject>(
  definition: Definition<Spec, Status>,
): Kind<Spec, Status> {
  return {
    ...definition,
    group: API_GROUP,
    version: API_VERSION,
    apiVersion: `${API_GROUP}/${API_VERSION}`,
    namespaced: definition.scope === 'Namespaced',
  };
}
