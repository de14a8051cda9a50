import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

export interface Kubeconfig {
  server: string;
  /** PEM. */
  caData: string;
  userName: string;
  user: { token: string } | { tokenFile: string };
  namespace?: string;
}

/** Writes a kubeconfig with one cluster, user and context, readable by its owner only. */
export async function writeKubeconfig(path: string, config: Kubeconfig): Promise<void> {
  const { server, caData, userName, user, namespace } = config;
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'bench',
        cluster: { server, 'certificate-authority-data': Buffer.from(caData).toString('base64') },
      },
    ],
    users: [{ name: userName, user }],
    contexts: [
      { name: 'bench', context: { cluster: 'bench', user: userName, ...(namespace && { namespace }) } },
    ],
    'current-context': 'bench',
  };
  await writeFile(path, stringify(document), { mode: 0o600 });
}
