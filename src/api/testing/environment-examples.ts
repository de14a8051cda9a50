import type { Example } from './example.ts';

const base = { region: 'eu-central-1', accountId: '123456789012' };
const cluster = { endpoint: { public: false }, admins: [] };
const without = { enabled: false };
const env = (spec: object) => ({ ...base, kubernetes: without, ...spec });
const network = (spec: object) => env({ network: spec });
const kubernetes = (spec: object) => ({ ...base, kubernetes: { ...cluster, ...spec } });
const off = (...addons: readonly string[]) => addons.map(name => ({ name, mode: 'Disabled' }));
const dns = (spec: object) => env({ dns: { domain: 'dev.example.com', ...spec } });

const subnets = {
  publicSubnetCidrs: ['10.1.0.0/20', '10.1.16.0/20'],
  privateSubnetCidrs: ['10.1.32.0/20', '10.1.48.0/20'],
};
const two = { cidr: '10.1.0.0/16', availabilityZones: 2 };
const existing = { vpcId: 'vpc-0a1b2c3d', privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] };

// With its prefix, as EKS counts.
const LONGEST_KEY = `example.com/${'x'.repeat(51)}`;
const LONGER_KEY = `${LONGEST_KEY}x`;

/** Network, cluster and domain of an OptaEnvironment. */
export const environmentParts: readonly Example[] = [
  { about: 'a whole environment in a few lines', spec: kubernetes({}) },
  {
    about: 'neither cluster nor a word of it',
    spec: base,
    says: /kubernetes is required: set endpoint and admins/,
  },
  {
    about: 'a cluster that nobody can reach by accident',
    spec: { ...base, kubernetes: { admins: [] } },
    says: /kubernetes\.endpoint is required, so that nobody gets a cluster that nobody can reach/,
  },
  {
    about: 'a cluster without a word of admins',
    spec: { ...base, kubernetes: { endpoint: { public: false } } },
    says: /kubernetes\.admins is required/,
  },
  {
    about: 'a cluster without a network',
    spec: { ...kubernetes({}), network: without },
    says: /a cluster needs a network/,
  },
  {
    about: 'everything of a network',
    spec: network({
      ...two,
      ...subnets,
      natGateways: 'Single',
      flowLogs: { mode: 'Enabled', retentionDays: 30 },
      gatewayEndpoints: ['s3', 'dynamodb'],
    }),
  },
  {
    about: 'a word as range',
    spec: network({ cidr: 'ten' }),
    says: /must be an IPv4 range such as 10\.0\.0\.0\/16/,
  },
  ...['0.1.0.0/16', '127.0.0.0/16', '169.254.0.0/16', '224.0.0.0/16', '255.255.0.0/16'].map(cidr => ({
    about: `the range ${cidr}`,
    spec: network({ cidr }),
    says: /is in a range that no host can have/,
  })),
  { about: 'a range beside those', spec: network({ cidr: '223.255.0.0/16' }) },
  { about: 'a large range', spec: network({ cidr: '10.0.0.0/8' }), says: /\/16 to \/28/ },
  { about: 'a small range', spec: network({ cidr: '10.0.0.0/25' }) },
  {
    about: 'a range too small for three zones',
    spec: network({ cidr: '10.0.0.0/26' }),
    says: /cidr is too small for subnets in so many availabilityZones/,
  },
  ...['10.00.0.0/16', '10.0.08.0/21', '010.0.0.0/16'].map(cidr => ({
    about: `zeros before a number in ${cidr}`,
    spec: network({ cidr }),
    says: /its numbers without zeros before them|must be an IPv4 range/,
  })),
  {
    about: 'zeros before a number of a subnet',
    spec: network({ ...two, ...subnets, publicSubnetCidrs: ['10.1.00.0/20', '10.1.16.0/20'] }),
    says: /its numbers without zeros before them/,
  },
  {
    about: 'bits beyond the prefix',
    spec: network({ cidr: '10.0.0.1/16' }),
    says: /write the first address/,
  },
  {
    about: 'subnets outside of the VPC',
    spec: network({ ...two, ...subnets, cidr: '10.2.0.0/16' }),
    says: /every subnet must lie within cidr/,
  },
  {
    about: 'subnets that overlap',
    spec: network({ ...two, ...subnets, publicSubnetCidrs: ['10.1.0.0/20', '10.1.32.0/24'] }),
    says: /the ranges of subnets must not overlap/,
  },
  {
    about: 'too few subnets',
    spec: network({ ...two, ...subnets, availabilityZones: 3 }),
    says: /needs one range for each of the availabilityZones/,
  },
  {
    about: 'half of the subnets',
    spec: network({ ...two, publicSubnetCidrs: subnets.publicSubnetCidrs }),
    says: /set publicSubnetCidrs and privateSubnetCidrs together/,
  },
  { about: 'one zone', spec: network({ availabilityZones: 1 }), says: /greater than or equal to 2/ },
  {
    about: 'odd retention',
    spec: network({ flowLogs: { retentionDays: 91 } }),
    says: /CloudWatch Logs takes/,
  },
  {
    about: 'no flow logs, kept long',
    spec: network({ flowLogs: { mode: 'Disabled', retentionDays: 90 } }),
    says: /leave out retentionDays/,
  },
  { about: 'an existing VPC', spec: network({ existing }) },
  {
    about: 'an existing VPC and a new range',
    spec: network({ existing, cidr: '10.0.0.0/16' }),
    says: /with existing nothing is made: leave out cidr/,
  },
  {
    about: 'no network, and a range for it',
    spec: network({ enabled: false, cidr: '10.1.0.0/16' }),
    says: /with enabled: false nothing is made: leave out cidr/,
  },
  {
    about: 'a subnet that is both',
    spec: network({ existing: { ...existing, publicSubnetIds: ['subnet-0a1b2c3d'] } }),
    says: /private or public, not both/,
  },
  {
    about: 'one existing subnet',
    spec: network({ existing: { ...existing, privateSubnetIds: ['subnet-0a1b2c3d'] } }),
    says: /should have at least 2 items/,
  },
  {
    about: 'everything of a cluster',
    spec: kubernetes({
      version: '1.35',
      endpoint: { public: true, publicCidrs: ['203.0.113.0/24'] },
      admins: [
        { principalArn: 'arn:aws:iam::123456789012:role/admin' },
        { principalArn: 'arn:aws:iam::123456789012:user/x', policy: 'View', namespaces: ['shop'] },
      ],
      nodeGroup: {
        instanceTypes: ['m7g.large', 'm6g.large'],
        minSize: 2,
        maxSize: 10,
        diskGiB: 100,
        capacity: 'Spot',
        amiType: 'AL2023_ARM_64_STANDARD',
        image: 'Latest',
        labels: { 'example.com/pool': 'main' },
        taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }],
        updateMaxUnavailablePercent: 50,
      },
      addons: [
        { name: 'metrics-server', mode: 'Disabled' },
        { name: 'vpc-cni', version: 'v1.20.4-eksbuild.2', configuration: '{"env":{}}' },
      ],
      controllerRoles: { externalDns: 'Disabled' },
      logRetentionDays: 30,
      supportType: 'Extended',
      deletionProtection: false,
    }),
  },
  {
    about: 'everybody, written out',
    spec: kubernetes({ endpoint: { public: true, publicCidrs: ['0.0.0.0/0'] } }),
  },
  {
    about: 'ranges of all sizes from an eighth',
    spec: kubernetes({
      endpoint: { public: true, publicCidrs: ['203.0.113.7/32', '198.51.100.0/24', '13.0.0.0/8'] },
    }),
  },
  ...[
    ['a range with bits beyond its prefix', '203.0.113.7/24', /bits set beyond its prefix/],
    ['everybody by a slip', '203.0.113.0/0', /bits set beyond its prefix/],
    ['half of the internet', '128.0.0.0/1', /too much of the internet: \/8 or smaller, or 0\.0\.0\.0\/0/],
    ['a seventh', '12.0.0.0/7', /too much of the internet/],
    ['zeros before numbers', '203.0.113.00/24', /without zeros before them/],
    ['a word for a range', 'everybody', /must be an IPv4 range such as 203\.0\.113\.0\/24/],
    ['a range of IPv6', '2001:db8::/32', /must be an IPv4 range/],
  ].map(([about, range, says]) => ({
    about: `${about} at a public endpoint`,
    spec: kubernetes({ endpoint: { public: true, publicCidrs: ['13.0.0.0/8', range] } }),
    says: says as RegExp,
  })),
  ...[
    '10.0.0.0/8',
    '10.1.2.3/32',
    '172.31.0.0/16',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.169.254/32',
    '224.0.0.0/8',
  ].map(range => ({
    about: `the range ${range}, which nobody comes from`,
    spec: kubernetes({ endpoint: { public: true, publicCidrs: ['13.0.0.0/8', range] } }),
    says: /publicCidrs takes no private or otherwise reserved range.* Write the public addresses/,
  })),
  {
    about: 'ranges beside those that nobody comes from',
    spec: kubernetes({
      endpoint: { public: true, publicCidrs: ['11.0.0.0/8', '172.32.0.0/16', '100.128.0.0/16'] },
    }),
  },
  {
    about: 'labels and taints of nodes as EKS takes them',
    spec: kubernetes({
      nodeGroup: {
        labels: { [LONGEST_KEY]: 'true', 'example.com/Pool_2.x': 'a-B_c.9' },
        taints: [
          { key: LONGEST_KEY, effect: 'NoSchedule' },
          { key: 'dedicated', value: '', effect: 'NoExecute' },
        ],
      },
    }),
  },
  ...[LONGER_KEY, 'x'.repeat(64)].map(key => ({
    about: `a taint with the key ${key}`,
    spec: kubernetes({ nodeGroup: { taints: [{ key, effect: 'NoSchedule' }] } }),
    says: /taints\[0\]\.key: Too long: may not be more than 63/,
  })),
  {
    about: 'an instance type that is named twice',
    spec: kubernetes({ nodeGroup: { instanceTypes: ['m7g.large', 'm6g.large', 'm7g.large'] } }),
    says: /instanceTypes: Invalid value: .*names a type twice: name each once/,
  },
  ...['AL2023_ARM_64_STANDARD', 'BOTTLEROCKET_ARM_64'].map(amiType => ({
    about: `${amiType} with the default of instanceTypes`,
    spec: kubernetes({ nodeGroup: { amiType } }),
    says: /instanceTypes: Required value: name instanceTypes with Arm processors, such as t4g\.medium/,
  })),
  {
    about: 'another image with the default of instanceTypes',
    spec: kubernetes({ nodeGroup: { amiType: 'BOTTLEROCKET_x86_64' } }),
  },
  ...['node-role.kubernetes.io/infra', 'eks.amazonaws.com/compute-type'].map(key => ({
    about: `a taint with the key ${key}, which EKS keeps`,
    spec: kubernetes({ nodeGroup: { taints: [{ key, effect: 'NoSchedule' }] } }),
    says: /taints\[0\]\.key: Forbidden: EKS keeps taints with kubernetes\.io\/.*use a domain of your own/,
  })),
  ...[
    ['a key with a space', { 'a b': 'x' }, /must have keys of labels, such as pool/],
    ['an empty key', { '': 'x' }, /must have keys of labels/],
    ['a key that is too long', { ['x'.repeat(64)]: 'x' }, /EKS takes keys of labels up to 63 characters/],
    ['a key that is too long with its prefix', { [LONGER_KEY]: 'x' }, /with what is before the slash/],
    ['no value', { pool: '' }, /EKS takes no label without a value: write such as "true"/],
    ['a value with a space', { pool: 'a b' }, /must be the value of a label/],
    ['a value that is too long', { pool: 'x'.repeat(64) }, /63/],
    ...[
      'kubernetes.io/role',
      'node-role.kubernetes.io/web',
      'node.k8s.io/x',
      'eks.amazonaws.com/nodegroup',
    ].map(key => [
      `the key ${key}`,
      { [key]: 'x' },
      /EKS keeps labels with kubernetes\.io\/, k8s\.io\/, eks/,
    ]),
  ].map(([about, labels, says]) => ({
    about: `labels of nodes: ${about}`,
    spec: kubernetes({ nodeGroup: { labels } }),
    says: says as RegExp,
  })),
  {
    about: 'a public endpoint for nobody',
    spec: kubernetes({ endpoint: { public: true } }),
    says: /publicCidrs says who may reach a public endpoint/,
  },
  {
    about: 'ranges of a private endpoint',
    spec: kubernetes({ endpoint: { public: false, publicCidrs: ['203.0.113.0/24'] } }),
    says: /set it exactly when public is true/,
  },
  { about: 'the shortest logs of a control plane', spec: kubernetes({ logRetentionDays: 7 }) },
  {
    about: 'logs of a control plane that are gone before somebody looks for them',
    spec: kubernetes({ logRetentionDays: 5 }),
    says: /logRetentionDays.* greater than or equal to 7/,
  },
  {
    about: 'a patch version',
    spec: kubernetes({ version: '1.35.2' }),
    says: /must be a minor version of Kubernetes/,
  },
  {
    about: 'more nodes at least than at most',
    spec: kubernetes({ nodeGroup: { minSize: 6 } }),
    says: /minSize must not be more than maxSize/,
  },
  {
    about: 'an assumed role as admin',
    spec: kubernetes({ admins: [{ principalArn: 'arn:aws:sts::123456789012:assumed-role/x/y' }] }),
    says: /must be the ARN of an IAM role or user/,
  },
  {
    about: 'a service-linked role as admin',
    spec: kubernetes({
      admins: [
        {
          principalArn:
            'arn:aws:iam::123456789012:role/aws-service-role/emr-containers.amazonaws.com/AWSServiceRoleForAmazonEMRContainers',
        },
      ],
    }),
    says: /admins\[0\]\.principalArn: Forbidden: EKS lets no service-linked role of AWS/,
  },
  {
    about: 'a role of the account with a path as admin',
    spec: kubernetes({
      admins: [{ principalArn: 'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/admin' }],
    }),
  },
  {
    about: 'an add-on that is off, with a version',
    spec: kubernetes({ addons: [{ name: 'coredns', mode: 'Disabled', version: 'v1.12.4-eksbuild.1' }] }),
    says: /with mode Disabled the add-on is not there/,
  },
  {
    about: 'no agent for add-ons that have their rights by it',
    spec: kubernetes({ addons: off('eks-pod-identity-agent') }),
    says: /through eks-pod-identity-agent: leave it Enabled, or set their mode to Disabled too/,
  },
  {
    about: 'no agent for one of them',
    spec: kubernetes({
      addons: [...off('eks-pod-identity-agent', 'vpc-cni'), { name: 'aws-ebs-csi-driver', mode: 'Enabled' }],
    }),
    says: /through eks-pod-identity-agent/,
  },
  {
    about: 'no agent, and nobody who has rights by it',
    spec: kubernetes({ addons: off('eks-pod-identity-agent', 'vpc-cni', 'aws-ebs-csi-driver') }),
  },
  { about: 'an existing cluster', spec: { ...base, kubernetes: { existing: { clusterName: 'main' } } } },
  {
    about: 'an existing cluster and a version',
    spec: { ...base, kubernetes: { existing: { clusterName: 'main' }, version: '1.35' } },
    says: /with existing no cluster is made: leave out version/,
  },
  { about: 'everything of a domain', spec: dns({ delegationCheck: 'Skip', certificate: false }) },
  {
    about: 'a domain that is too long for a certificate',
    spec: dns({ domain: `${'d'.repeat(53)}.example.com` }),
    says: /ACM makes a certificate for a domain of 64 characters at most: set certificate to false/,
  },
  {
    about: 'the longest domain with a certificate',
    spec: dns({ domain: `${'d'.repeat(52)}.example.com` }),
  },
  {
    about: 'a longer domain without one',
    spec: dns({ domain: `${'d'.repeat(53)}.example.com`, certificate: false }),
  },
  { about: 'an existing zone', spec: dns({ existingZoneId: 'Z0123456789ABC' }) },
  ...['example', 'Dev.example.com', 'dev.example.com.', '*.example.com', 'a..b', 'https://a.b'].map(
    domain => ({
      about: `the domain ${domain}`,
      spec: dns({ domain }),
      says: /must be a domain name such as dev\.example\.com/,
    }),
  ),
];
