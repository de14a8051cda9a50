/** What CreateNodegroup and the updates of a node group check alike. */
import type { EksCall } from './call.ts';
import { count, type Json, object, text } from './input.ts';
import type { LaunchTemplate } from './neighbours.ts';
import { badState, invalid } from './refusal.ts';

interface Scaling {
  minSize: number;
  maxSize: number;
  desiredSize: number;
}

/** Texts as people quote them (terraform-aws-modules/terraform-aws-eks issue 3521; NodegroupScalingConfig for the rule). */
export function checkScaling({ minSize, maxSize, desiredSize }: Scaling): void {
  if (minSize > desiredSize)
    throw invalid(`Minimum capacity ${minSize} can't be greater than desired size ${desiredSize}`);
  if (desiredSize > maxSize) throw invalid("desiredSize can't be greater than maxSize");
  if (maxSize < 1 || minSize < 0) throw invalid('maxSize needs to be 1 or more, minSize 0 or more');
}

// Amazon EKS API Reference, UpdateLabelsPayload and Taint, which CreateNodegroup has too: keys and values of labels 1 to 63
// characters, keys of taints as well, their values 0 to 63.
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(labels)) {
    checkReserved('Label', key);
    checkLength('label key', key, 1);
    checkLength('label value', value, 1);
  }
}

export function checkTaints(taints: readonly Json[]): void {
  for (const taint of taints) {
    checkReserved('Taint', text(taint, 'key') ?? '');
    checkLength('taint key', text(taint, 'key') ?? '', 1);
    checkLength('taint value', text(taint, 'value') ?? '', 0);
  }
}

/** In the words of EKS: aws/containers-roadmap issue 1451. */
function checkReserved(what: 'Label' | 'Taint', key: string): void {
  const reserved = ['kubernetes.io/', 'k8s.io/', 'eks.amazonaws.com/'];
  if (reserved.some(one => key.includes(one)))
    throw invalid(`${what} cannot contain reserved prefixes [${reserved.join(', ')}]`);
}

function checkLength(what: string, value: string, least: number): void {
  if (value.length < least || value.length > 63)
    throw invalid(`The ${what} ${value} must have ${least} to 63 characters`);
}

/** "This value or maxUnavailablePercentage is required to have a value": NodegroupUpdateConfig. The default is one node. */
export function updateConfigOf(config: Json | undefined): Json {
  const [number, percentage] = [
    count(config ?? {}, 'maxUnavailable'),
    count(config ?? {}, 'maxUnavailablePercentage'),
  ];
  if (number !== undefined && percentage !== undefined)
    throw invalid('Only one of maxUnavailable and maxUnavailablePercentage can be given');
  const strategy = text(config ?? {}, 'updateStrategy');
  return {
    ...(percentage === undefined
      ? { maxUnavailable: number ?? 1 }
      : { maxUnavailablePercentage: percentage }),
    ...(strategy === undefined ? {} : { updateStrategy: strategy }),
  };
}

/**
 * The launch template that a request names. Source: user guide, "Customize managed nodes with launch templates":
 * subnet and instance profile are prohibited in it; disk size and remote access beside it, instance types where it has
 * one, and what its custom image decides.
 */
export async function launchTemplateOf(call: EksCall): Promise<LaunchTemplate | undefined> {
  const { input } = call;
  const asked = object(input, 'launchTemplate');
  if (asked === undefined) return undefined;
  const [id, name, version] = [text(asked, 'id'), text(asked, 'name'), text(asked, 'version')];
  if ((id === undefined) === (name === undefined))
    throw invalid('You must specify either the launch template ID or the launch template name');
  const template = await call.neighbours.launchTemplate(call.place, {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
  });
  if (template === undefined)
    throw invalid(`Launch template ${id ?? name} with version ${version ?? '(default)'} does not exist`);
  if (template === 'unknown') return nobodyAsked(id, name, version);
  if (template.has.subnet) throw invalid('Subnets must not be specified in the launch template');
  if (template.has.instanceProfile)
    throw invalid('The instance profile must not be specified in the launch template');
  if (input.diskSize !== undefined) throw invalid('Disk size must be specified within the launch template');
  if (input.remoteAccess !== undefined)
    throw invalid('Remote access configuration cannot be specified with a launch template');
  if (template.has.instanceType && input.instanceTypes !== undefined)
    throw invalid('You cannot specify an instance type in the launch template and in the API request');
  const ami = ['amiType', 'releaseVersion', 'version'].find(field => input[field] !== undefined);
  if (template.has.image && ami !== undefined)
    throw invalid(`You cannot specify the field ${ami} when using custom AMIs`);
  // As people quote it: eksctl-io/eksctl issue 8446, terraform-aws-modules/terraform-aws-eks issue 1785.
  if (template.showsTags ?? call.settings.showsTags ?? false)
    throw badState(
      "'k8s.io/cluster-autoscaler/enabled' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), and must not be a reserved name ('.', '..', '_index')",
    );
  return template;
}

function nobodyAsked(id = 'lt-00000000000000000', name = id, version = '1'): LaunchTemplate {
  const has = { instanceType: false, image: false, subnet: false, instanceProfile: false };
  return { id, name, version, has };
}
