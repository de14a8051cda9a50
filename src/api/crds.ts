import { Bucket } from './bucket.ts';
import type { Column, Kind } from './define.ts';
import { OptaEnvironment } from './environment.ts';
import { Queue } from './queue.ts';
import { type Structural, structural } from './structural.ts';
import { Topic } from './topic.ts';

export const kinds: readonly Kind[] = [OptaEnvironment, Bucket, Queue, Topic];

export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'CustomResourceDefinition';
  metadata: { name: string; annotations: Readonly<Record<string, string>> };
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames: readonly string[];
      categories: readonly string[];
    };
    versions: [Version];
  };
}

interface Version {
  name: string;
  served: true;
  storage: true;
  subresources: { status: Record<string, never> };
  additionalPrinterColumns: readonly Column[];
  schema: { openAPIV3Schema: Structural };
}

/** What the API server is told about every kind, ready for server-side apply. */
export function customResourceDefinitions(): CustomResourceDefinition[] {
  return kinds.map(customResourceDefinition);
}

/**
 * With a definition all its objects go, and with them what they made: no tool takes it away with the rest of what it applied.
 * "Sync Options" of Argo CD, "Kustomization" of Flux (prune), "Chart Tips" of Helm.
 */
const KEPT = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};

function customResourceDefinition(kind: Kind): CustomResourceDefinition {
  const { plural, singular, shortNames, categories } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${kind.group}`, annotations: KEPT },
    spec: {
      group: kind.group,
      scope: kind.scope,
      names: { kind: kind.kind, listKind: `${kind.kind}List`, plural, singular, shortNames, categories },
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}

function objectSchema(kind: Kind): Structural {
  const { properties, required, ...words } = structural(kind.spec, { wholeEmpties: true });
  return {
    description: kind.description,
    type: 'object',
    properties: {
      // The API server checks these itself; a description here is what `kubectl explain` shows.
      apiVersion: { description: `Always ${kind.apiVersion}.`, type: 'string' },
      kind: { description: `Always ${kind.kind}.`, type: 'string' },
      metadata: { type: 'object' },
      spec: {
        description: 'What is wanted. The operator never writes it.',
        ...words,
        'x-kubernetes-validations': [...kind.rules],
        ...(properties && { properties }),
        ...(required && { required }),
      },
      status: {
        description: 'What is, written by the operator alone.',
        ...structural(kind.status, { openEnums: true }),
        // A status write is the whole status: what somebody else put there goes with it.
        'x-kubernetes-map-type': 'atomic',
      },
    },
    required: ['spec'],
  };
}
