import type { Nodegroup } from '@aws-sdk/client-eks';
import { environmentKeyOf } from './checks.ts';
import type { EnvironmentCheck } from './environment-checks.ts';
import type { EnvironmentState } from './environment-state.ts';
import { when } from './judge.ts';
import { subnetsOf } from './network-checks.ts';

/** S6 to S9 and S31: the cluster and its nodes, word by word. */

/** S6: one group of nodes over all private subnets, whose disks are encrypted and whose metadata pods do not reach. */
export const s6: EnvironmentCheck = state =>
  ofEachCluster(state, ({ nodegroups }) => {
    const wanted = subnetsOf(state.network, 'private').map(one => one.SubnetId);
    return [
      ...when(nodegroups.length !== 1, `there are ${nodegroups.length} node groups`),
      ...nodegroups.flatMap(group => [
        ...when(!sameSet(group.subnets ?? [], wanted), `nodes are in ${group.subnets}, not in ${wanted}`),
        ...when(group.remoteAccess !== undefined, 'nodes have remote access'),
        ...templateProblems(state, group),
      ]),
    ];
  });

function templateProblems(state: EnvironmentState, group: Nodegroup): readonly string[] {
  const { id, version } = group.launchTemplate ?? {};
  const versions = state.network.templates.filter(one => one.LaunchTemplateId === id);
  const used = versions.find(one => String(one.VersionNumber) === version);
  const key = environmentKeyOf(state)?.metadata.Arn;
  const all = versions.filter(one => one === used || one.DefaultVersion === true);
  return [
    ...when(used === undefined, `nodes are of version ${version} of launch template ${id}, which is none`),
    ...all.flatMap(({ VersionNumber, LaunchTemplateData: data = {} }) => {
      const { MetadataOptions: metadata, BlockDeviceMappings: disks = [] } = data;
      return [
        ...when(metadata?.HttpTokens !== 'required', `HttpTokens is ${metadata?.HttpTokens}`),
        ...when(metadata?.HttpPutResponseHopLimit !== 1, `hop limit is ${metadata?.HttpPutResponseHopLimit}`),
        // What the image has and nobody names is encrypted only where the account says so.
        ...disksOfImage(group).flatMap(name =>
          when(!disks.some(one => one.DeviceName === name), `the disk ${name} is not named`),
        ),
        ...disks.flatMap(({ DeviceName, Ebs }) => [
          ...when(Ebs?.Encrypted !== true, `${DeviceName} is not encrypted`),
          ...when(Ebs?.KmsKeyId !== key, `the key of ${DeviceName} is ${Ebs?.KmsKeyId}, not ${key}`),
        ]),
        ...MORE.filter(more => !isEmpty(data[more])).map(more => `nodes have ${more} of the template`),
        ...(data.NetworkInterfaces ?? []).flatMap(one =>
          when(one.AssociatePublicIpAddress === true, 'nodes get public addresses'),
        ),
      ].map(problem => `launch template, version ${VersionNumber}: ${problem}`);
    }),
  ];
}

/** Nothing of it is wanted: groups and images are EKS's own, nobody signs in, and nothing else is run. */
const MORE = ['ImageId', 'KeyName', 'SecurityGroupIds', 'SecurityGroups', 'UserData'] as const;

function isEmpty(value: string | readonly string[] | undefined): boolean {
  return value === undefined || value.length === 0;
}

/** Bottlerocket has its system on one disk, and on another one what pods have. */
function disksOfImage({ amiType }: Nodegroup): readonly string[] {
  return amiType?.startsWith('BOTTLEROCKET') ? ['/dev/xvda', '/dev/xvdb'] : ['/dev/xvda'];
}

const DAY_MS = 24 * 3600_000;

/** S7: a version that gets its fixes, and images that have them; or people are told. */
export const s7: EnvironmentCheck = (state, { now, told }) =>
  ofEachCluster(state, ({ cluster, nodegroups, versions }) => {
    const known = versions.find(one => one.clusterVersion === cluster.version);
    const ends = known?.endOfStandardSupportDate?.getTime() ?? 0;
    const isToldOfEnd = told.includes('SupportEnding');
    return [
      ...when(
        known?.versionStatus !== 'STANDARD_SUPPORT' && !isToldOfEnd,
        `version ${cluster.version} is in ${known?.versionStatus}, and nobody is told`,
      ),
      ...when(
        ends - now < 90 * DAY_MS && !isToldOfEnd,
        `version ${cluster.version} ends on ${known?.endOfStandardSupportDate?.toISOString()}, and nobody is told`,
      ),
      ...when(
        cluster.upgradePolicy?.supportType !== 'STANDARD',
        `support is ${cluster.upgradePolicy?.supportType}`,
      ),
      ...nodegroups.flatMap(({ amiType, version, releaseVersion = '' }) => {
        const [, year, month, day] = /-(\d{4})(\d{2})(\d{2})$/.exec(releaseVersion) ?? [];
        const isOld = !(now - Date.parse(`${year}-${month}-${day}`) <= 60 * DAY_MS);
        return [
          ...when(version !== cluster.version, `nodes are of version ${version}, not ${cluster.version}`),
          ...when(
            // The names of Bottlerocket have no date.
            isOld && !amiType?.startsWith('BOTTLEROCKET') && !told.includes('NodeImageOutdated'),
            `nodes have the image ${releaseVersion}, and nobody is told`,
          ),
        ];
      }),
    ];
  });

/** S8: the private endpoint always, the public one as the spec says and for whom. */
export const s8: EnvironmentCheck = (state, { publicCidrs }) =>
  ofEachCluster(state, ({ cluster }) => {
    const {
      endpointPrivateAccess,
      endpointPublicAccess,
      publicAccessCidrs = [],
    } = cluster.resourcesVpcConfig ?? {};
    const isPublic = publicCidrs.length > 0;
    return [
      ...when(endpointPrivateAccess !== true, `the private endpoint is ${endpointPrivateAccess}`),
      ...when(endpointPublicAccess !== isPublic, `the public endpoint is ${endpointPublicAccess}`),
      ...when(
        isPublic && !sameSet(publicAccessCidrs, publicCidrs),
        `the public endpoint is open to ${publicAccessCidrs}, not to ${publicCidrs}`,
      ),
    ];
  });

/** S9: secrets are encrypted with the environment's key, which works. */
export const s9: EnvironmentCheck = state =>
  ofEachCluster(state, ({ cluster }) => {
    const key = environmentKeyOf(state);
    const [config, ...more] = cluster.encryptionConfig ?? [];
    return [
      ...when(
        config?.resources?.join() !== 'secrets' || more.length > 0,
        `encrypted are ${config?.resources?.join() ?? '(none)'}`,
      ),
      ...when(
        key === undefined || config?.provider?.keyArn !== key.metadata.Arn,
        `the key of secrets is ${config?.provider?.keyArn}, not ${key?.metadata.Arn}`,
      ),
      ...when(key?.metadata.KeyState !== 'Enabled', `the key of secrets is ${key?.metadata.KeyState}`),
    ];
  });

/** S31: nothing is deleted by surprise. */
export const s31: EnvironmentCheck = state =>
  ofEachCluster(state, ({ cluster }) =>
    when(cluster.deletionProtection !== true, 'deletion protection of the cluster is off'),
  );

/** Who may use the cluster's API: those whom the spec names, and not who made it. */
export const clusterAccess: EnvironmentCheck = (state, { admins }) =>
  ofEachCluster(state, ({ cluster, access }) => {
    const mode = cluster.accessConfig?.authenticationMode;
    const people = access.filter(({ entry }) => entry.type === 'STANDARD');
    const given = people.map(({ entry }) => entry.principalArn ?? '');
    const groups = people.flatMap(({ entry }) => entry.kubernetesGroups ?? []);
    const policies = people.flatMap(one => one.policies.map(policy => policy.policyArn ?? ''));
    return [
      ...when(mode !== 'API', `the authentication mode is ${mode}`),
      ...when(
        cluster.accessConfig?.bootstrapClusterCreatorAdminPermissions === true,
        'who made the cluster is its admin',
      ),
      ...when(!sameSet(given, Object.keys(admins)), `access entries are of ${given.join() || '(nobody)'}`),
      ...when(!sameSet(policies, Object.values(admins)), `access policies are ${policies.join()}`),
      ...when(groups.length > 0, `access entries are in the groups ${groups}`),
    ];
  });

function ofEachCluster(
  { clusters }: EnvironmentState,
  problems: (cluster: EnvironmentState['clusters'][number]) => readonly string[],
): readonly string[] {
  return [
    ...when(clusters.length !== 1, `there are ${clusters.length} clusters`),
    ...clusters.flatMap(one => problems(one).map(problem => `cluster ${one.cluster.name}: ${problem}`)),
  ];
}

function sameSet(a: readonly unknown[], b: readonly unknown[]): boolean {
  return [...new Set(a)].sort().join('\n') === [...new Set(b)].sort().join('\n');
}
