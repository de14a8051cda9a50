import { z } from 'zod';
import { CONTROLLER_ACCOUNTS, CONTROLLER_NAMESPACE } from './controller-accounts.ts';
import { choice, flag, freeText, listBy, listOf, namespaceName, setOf, text, whole } from './fields.ts';
import { logRetention, ofInternet } from './network.ts';
import { alwaysOrNever, celMatches, immutable, present, type Rule, rules } from './rules.ts';

const ipv4Range =
  /^(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})([.](25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}\/(3[0-2]|[12]?[0-9])$/;

const PublicRange = z
  .string()
  .regex(ipv4Range)
  .max(18)
  .meta(
    rules(
      {
        rule: celMatches('self', ipv4Range),
        message: 'must be an IPv4 range such as 203.0.113.0/24',
      },
      {
        // What is no range at all is told of above.
        rule: `!${celMatches('self', ipv4Range)} || isCIDR(self)`,
        message: 'must be an IPv4 range such as 203.0.113.0/24, its numbers without zeros before them',
      },
      {
        rule: '!isCIDR(self) || cidr(self) == cidr(self).masked()',
        message:
          'has bits set beyond its prefix: write the first address of the range, and the prefix that is meant',
      },
      {
        // Two halves are everybody too, and nobody who reads them sees it.
        rule: "!isCIDR(self) || self == '0.0.0.0/0' || cidr(self).prefixLength() >= 8",
        message: 'is too much of the internet: /8 or smaller, or 0.0.0.0/0 for everybody',
      },
      ofInternet,
    ),
  )
  .describe('Range.');

const Endpoint = z
  .object({
    public: flag(
      'Whether the API server can be reached from the internet as well. From within the network it always can.',
    ),
    publicCidrs: setOf(
      PublicRange,
      1,
      40,
      'Who may reach it from the internet. 0.0.0.0/0 is everybody, and must be written out. Required with public: true. Default: nobody.',
    ).optional(),
  })
  .meta(
    rules({
      rule: 'self.public == has(self.publicCidrs)',
      message: 'publicCidrs says who may reach a public endpoint: set it exactly when public is true',
      fieldPath: '.publicCidrs',
    }),
  );

const principalArn = /^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)\/[A-Za-z0-9+=,.@_/-]+$/;

const Admin = z
  .object({
    principalArn: text(
      {
        pattern: principalArn,
        says: 'must be the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/admin',
        max: 2048,
      },
      'ARN of an IAM role or user.',
    ),
    // Amazon EKS User Guide, "Review access policy permissions".
    policy: choice(
      ['ClusterAdmin', 'Admin', 'Edit', 'View', 'AdminView'],
      'What the principal may do, as the EKS access policies of these names say. Default: ClusterAdmin.',
    ).optional(),
    namespaces: setOf(
      namespaceName('Namespace.'),
      1,
      100,
      'Namespaces of the cluster that it is limited to. Default: all.',
    ).optional(),
  })
  .meta(
    rules({
      // Amazon EKS User Guide, "Create access entries": "Access entries do not support service linked roles".
      rule: "!self.principalArn.contains(':role/aws-service-role/')",
      message:
        'EKS lets no service-linked role of AWS (aws-service-role/) in: name a role or user of your own',
      fieldPath: '.principalArn',
      reason: 'FieldValueForbidden',
    }),
  );

// Kubernetes documentation, "Labels and Selectors"; Amazon EKS API Reference, UpdateLabelsPayload and Taint: a key, with its
// prefix, and a value have 63 characters at most, and a label is never without a value.
const LONGEST_LABEL = 63;
const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const labelText = (pattern: RegExp, says: string, description: string, min = 1) =>
  text({ pattern, says, max: LONGEST_LABEL, min }, description);

/**
 * Amazon EKS, CreateNodegroup: "Label cannot contain reserved prefixes", and so of taints (aws/containers-roadmap issue 1451); the
 * kubelet would not start with such labels either.
 */
const RESERVED = ['kubernetes.io/', 'k8s.io/', 'eks.amazonaws.com/'] as const;
const hasNoneIn = (key: string) => RESERVED.map(one => `!${key}.contains('${one}')`).join(' && ');
const keptFor = (what: string) =>
  `EKS keeps ${what} with ${RESERVED.join(', ')} in their keys for Kubernetes and itself: use a domain of your own`;

const Taint = z
  .object({
    key: labelText(
      labelKey,
      'must be the key of a taint, such as dedicated or example.com/dedicated',
      'Key.',
    ),
    value: labelText(
      labelValue,
      'must be the value of a taint: letters, digits, -, _ and ., with a letter or digit first and last',
      'Value. Default: empty.',
      0,
    ).optional(),
    effect: choice(
      ['NoSchedule', 'NoExecute', 'PreferNoSchedule'],
      'What it does to pods that do not tolerate it.',
    ),
  })
  .meta(
    rules({
      rule: hasNoneIn('self.key'),
      message: keptFor('taints'),
      fieldPath: '.key',
      reason: 'FieldValueForbidden',
    }),
  );

/** See `nodegroup.ts`. */
const REPLACES =
  'Another value makes other nodes, once that is approved: when they are there all old ones are drained together, and ended after ' +
  '5 minutes, whatever a PodDisruptionBudget says.';

const NodeGroup = z
  .object({
    instanceTypes: listOf(
      text(
        {
          pattern: /^[a-z0-9-]{1,16}[.][a-z0-9-]{1,16}$/,
          says: 'must be an instance type such as t3.medium',
          max: 32,
        },
        'Instance type.',
      ),
      1,
      20,
      `Instance types, the first one preferred; several are for Spot. ${REPLACES} Default: t3.medium.`,
    ).optional(),
    minSize: whole(0, 450, 'The least number of nodes. Default: 3.').optional(),
    maxSize: whole(1, 450, 'The largest number of nodes. Default: 5.').optional(),
    diskGiB: whole(20, 16_384, 'Disk of a node, gp3 and encrypted. Default: 50.').optional(),
    capacity: choice(
      ['OnDemand', 'Spot'],
      `Spot nodes are cheap, and AWS takes them back at two minutes notice. ${REPLACES} Default: OnDemand.`,
    ).optional(),
    amiType: choice(
      ['AL2023_x86_64_STANDARD', 'AL2023_ARM_64_STANDARD', 'BOTTLEROCKET_x86_64', 'BOTTLEROCKET_ARM_64'],
      `Image of the nodes, which must fit the processors of instanceTypes. ${REPLACES} Default: AL2023_x86_64_STANDARD.`,
    ).optional(),
    image: choice(
      ['Pinned', 'Latest'],
      'Which image the nodes have. Pinned: the newest one of when they were made, until Kubernetes is raised. Latest: the newest ' +
        'one that AWS recommends; for each, all nodes are replaced, one part after the other. Default: Pinned.',
    ).optional(),
    labels: z
      .record(
        z.string().regex(labelKey).max(LONGEST_LABEL),
        labelText(
          labelValue,
          'must be the value of a label: letters, digits, -, _ and ., with a letter or digit first and last',
          'Value of a label.',
          0,
        ),
      )
      .meta({
        maxProperties: 40,
        ...rules(
          {
            rule: `self.all(key, size(key) <= ${LONGEST_LABEL})`,
            message: `EKS takes keys of labels up to ${LONGEST_LABEL} characters, with what is before the slash: shorten it`,
          },
          {
            rule: `self.all(key, size(key) > ${LONGEST_LABEL} || ${celMatches('key', labelKey)})`,
            message: 'must have keys of labels, such as pool or example.com/pool',
          },
          {
            rule: "self.all(key, self[key] != '')",
            message: 'EKS takes no label without a value: write such as "true"',
          },
          {
            rule: `self.all(key, ${hasNoneIn('key')})`,
            message: keptFor('labels'),
            reason: 'FieldValueForbidden',
          },
        ),
      })
      .describe('Labels of the nodes. Default: none.')
      .optional(),
    taints: listBy(
      ['key', 'effect'],
      Taint,
      50,
      'Taints of the nodes. coredns, aws-ebs-csi-driver and metrics-server do not tolerate them by themselves: set tolerations in ' +
        'their configuration (addons), or give the cluster other nodes too. Default: none.',
    ).optional(),
    updateMaxUnavailablePercent: whole(
      1,
      100,
      'How many of the nodes are replaced at once in an update. Default: 33.',
    ).optional(),
  })
  .meta(
    rules(
      {
        rule: '(has(self.minSize) ? self.minSize : 3) <= (has(self.maxSize) ? self.maxSize : 5)',
        message: 'minSize must not be more than maxSize (3 and 5 unless set)',
        fieldPath: '.minSize',
      },
      {
        // Auto Scaling has one override for each type; their order counts, so it is no set.
        rule: '!has(self.instanceTypes) || self.instanceTypes.all(one, self.instanceTypes.exists_one(other, one == other))',
        message: 'instanceTypes names a type twice: name each once',
        fieldPath: '.instanceTypes',
      },
      {
        // The default is of another processor.
        rule: "!has(self.amiType) || !self.amiType.contains('_ARM_64') || has(self.instanceTypes)",
        message: 'name instanceTypes with Arm processors, such as t4g.medium, beside an amiType for them',
        fieldPath: '.instanceTypes',
        reason: 'FieldValueRequired',
      },
    ),
  );

export const ADDONS = [
  'vpc-cni',
  'kube-proxy',
  'coredns',
  'eks-pod-identity-agent',
  'aws-ebs-csi-driver',
  'metrics-server',
] as const;

const Addon = z
  .object({
    name: choice(ADDONS, 'Name of the add-on.'),
    mode: choice(['Enabled', 'Disabled'], 'Whether EKS runs it. Default: Enabled.').optional(),
    version: text(
      {
        pattern: /^v[0-9]+[.][0-9]+[.][0-9]+-eksbuild[.][0-9]+$/,
        says: 'must be a version of the add-on such as v1.20.4-eksbuild.2',
        max: 40,
      },
      "Version. Default: what EKS gives for the cluster's version.",
    ).optional(),
    configuration: freeText(
      2048,
      'Settings of the add-on as JSON text, by its own schema. Default: its own defaults.',
    ).optional(),
  })
  .meta(
    rules({
      rule: "!has(self.mode) || self.mode != 'Disabled' || (!has(self.version) && !has(self.configuration))",
      message: 'with mode Disabled the add-on is not there: leave out version and configuration',
    }),
  );

const disabled = (name: (typeof ADDONS)[number]) =>
  `self.exists(one, one.name == '${name}' && has(one.mode) && one.mode == 'Disabled')`;

/** Add-ons whose rights in AWS come by Pod Identity alone. Amazon EKS User Guide, "Set up the Amazon EKS Pod Identity Agent". */
export const BY_POD_IDENTITY = [
  'vpc-cni',
  'aws-ebs-csi-driver',
] as const satisfies readonly (typeof ADDONS)[number][];

const agentForItsUsers: Rule = {
  rule: `!${disabled('eks-pod-identity-agent')} || (${BY_POD_IDENTITY.map(disabled).join(' && ')})`,
  message: `${BY_POD_IDENTITY.join(' and ')} have their rights in AWS through eks-pod-identity-agent: leave it Enabled, or set their mode to Disabled too`,
};

/** `value`: of its chart, which sets the name of the service account. */
const ControllerRole = (component: string, account: string, value: string, more = '') =>
  choice(
    ['Enabled', 'Disabled'],
    `Whether there is a role for ${component}, limited to this environment. Only the service account ${CONTROLLER_NAMESPACE}/${account} ` +
      `can take it (of its chart: ${value}=${account}).${more} Default: Enabled.`,
  ).optional();

const madeHere = [
  'version',
  'endpoint',
  'nodeGroup',
  'admins',
  'addons',
  'logRetentionDays',
  'supportType',
  'deletionProtection',
] as const;

const off = 'has(self.enabled) && !self.enabled';

export const Cluster = z
  .object({
    enabled: z.boolean().describe('Whether the environment has an EKS cluster. Default: true.').optional(),
    version: text(
      {
        pattern: /^1[.][0-9]{2}$/,
        says: 'must be a minor version of Kubernetes such as "1.35", in quotes',
        max: 16,
      },
      'Version of Kubernetes. Raised one minor at a time, never lowered. Default: chosen when the cluster is made, and kept.',
    ).optional(),
    endpoint: Endpoint.describe(
      'Who reaches the API server. Required where a cluster is made. Default: none.',
    ).optional(),
    nodeGroup: NodeGroup.describe('The nodes. Default: as its fields say.').optional(),
    admins: listBy(
      ['principalArn'],
      Admin,
      100,
      'Who may use the cluster besides its own controllers; [] for nobody. Required where a cluster is made. Default: none.',
    ).optional(),
    addons: listBy(['name'], Addon, 6, 'Changes to the managed add-ons, all of which are on. Default: none.')
      .meta(rules(agentForItsUsers))
      .optional(),
    controllerRoles: z
      .object({
        externalDns: ControllerRole(
          'external-dns',
          CONTROLLER_ACCOUNTS.externalDns,
          'serviceAccount.name',
          ' Run it with --txt-owner-id set to the name of the cluster in the status, and without a prefix or suffix: when the ' +
            'environment is deleted, the records of that owner go after the cluster.',
        ),
        loadBalancerController: ControllerRole(
          'the AWS Load Balancer Controller',
          CONTROLLER_ACCOUNTS.loadBalancerController,
          'serviceAccount.name',
        ),
        clusterAutoscaler: ControllerRole(
          'the cluster autoscaler',
          CONTROLLER_ACCOUNTS.clusterAutoscaler,
          // Its default is `<release>-aws-cluster-autoscaler`: kubernetes/autoscaler, charts/cluster-autoscaler.
          'rbac.serviceAccount.name',
        ),
      })
      .describe('IAM roles for controllers that you install in the cluster. Default: all.')
      .optional(),
    logRetentionDays: logRetention(
      'How many days the logs of the control plane are kept. Default: 90.',
      7,
    ).optional(),
    supportType: choice(
      ['Standard', 'Extended'],
      'What AWS does at the end of standard support. Standard: it upgrades the cluster. Extended: it keeps the version ' +
        'another year, at six times the price. Default: Standard.',
    ).optional(),
    deletionProtection: flag(
      'Whether AWS refuses to delete the cluster until this is set to false. Default: true.',
    ).optional(),
    existing: z
      .object({
        clusterName: text(
          {
            pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
            says: 'must be the name of an EKS cluster: letters, digits, - and _, with a letter or digit first',
            max: 100,
          },
          'Name of the cluster in EKS.',
        ),
      })
      .describe('A cluster that is there already. It is used and never changed. Default: none.')
      .optional(),
  })
  .meta(
    rules(
      {
        rule: `!has(self.existing) || !(${madeHere.map(field => `has(self.${field})`).join(' || ')})`,
        message: `with existing no cluster is made: leave out ${madeHere.join(', ')}`,
        fieldPath: '.existing',
      },
      {
        rule: `${off} ? true : has(self.existing) || has(self.endpoint)`,
        message:
          'kubernetes.endpoint is required, so that nobody gets a cluster that nobody can reach: set {public: false}, or {public: true, publicCidrs: [...]}; without a cluster set kubernetes.enabled to false',
        fieldPath: '.endpoint',
        reason: 'FieldValueRequired',
      },
      {
        rule: `${off} ? true : has(self.existing) || has(self.admins)`,
        message:
          'kubernetes.admins is required: list the IAM roles that may use the cluster, or write [] for nobody',
        fieldPath: '.admins',
        reason: 'FieldValueRequired',
      },
    ),
  );
export type Cluster = z.infer<typeof Cluster>;

const isOff = (root: string, field: string) => `(${present(root, field)} && !${root}.${field})`;
const wasMade = `${present('oldSelf', 'kubernetes.endpoint')} && !${isOff('oldSelf', 'kubernetes.enabled')}`;

const bothVersions = `${present('self', 'kubernetes.version')} && ${present('oldSelf', 'kubernetes.version')}`;

/** On spec: there they are looked at whatever becomes of `kubernetes`. */
export const clusterRules: readonly Rule[] = [
  {
    rule: `!(${bothVersions}) || int(self.kubernetes.version.substring(2)) >= int(oldSelf.kubernetes.version.substring(2))`,
    message:
      'kubernetes.version is never lowered: EKS cannot go back; set it to what it was, or higher. One that was written by mistake and is not there yet can be left out first',
    fieldPath: '.kubernetes.version',
    reason: 'FieldValueForbidden',
  },
  {
    rule: `!(${wasMade} && ${isOff('self', 'kubernetes.enabled')}) || ${isOff('self', 'kubernetes.deletionProtection')}`,
    message:
      'the cluster is protected against deletion: to have it removed, set kubernetes.deletionProtection to false as well',
    fieldPath: '.kubernetes.enabled',
    reason: 'FieldValueForbidden',
  },
  alwaysOrNever(
    'kubernetes.existing',
    'kubernetes.existing cannot be set or taken away later: make a new OptaEnvironment',
  ),
  immutable(
    'kubernetes.existing.clusterName',
    'kubernetes.existing.clusterName cannot be changed: make a new OptaEnvironment for the other cluster',
  ),
];
