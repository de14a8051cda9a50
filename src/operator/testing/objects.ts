import type { Log } from '../../kube/log.ts';
import type { OptaObject, Status } from '../objects.ts';

export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** An object as the API server would send it: `Queue shop/orders`, or `OptaEnvironment dev`. */
export function objectOf(
  label: string,
  of: { spec?: object; status?: Status; metadata?: object } = {},
): OptaObject {
  const [kind = '', at = ''] = label.split(' ');
  const [namespace, name] = at.includes('/') ? at.split('/') : [undefined, at];
  return {
    apiVersion: 'opta.dev/v1alpha1',
    kind,
    metadata: {
      name: name ?? '',
      ...(namespace === undefined ? {} : { namespace }),
      uid: `uid of ${label}`,
      resourceVersion: '1',
      generation: 1,
      ...of.metadata,
    },
    spec: { ...(namespace === undefined ? {} : { environment: 'dev' }), ...of.spec },
    ...(of.status === undefined ? {} : { status: of.status }),
  };
}
