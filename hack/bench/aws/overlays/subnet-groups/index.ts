import {
  type Answer,
  type BenchContext,
  type Call,
  jsonInput,
  type Overlay,
  textField,
} from '../../overlay.ts';
import { element, writeXml, type XmlElement } from '../../xml-tree.ts';
import { ask } from '../iam/ask.ts';
import {
  arnOf,
  DIALECTS,
  type Dialect,
  type Group,
  groups,
  INVALID_SUBNET,
  nameIn,
  notFound,
  subnetsOf,
} from './store.ts';

export { useSubnetGroup } from './store.ts';

/** Values of a list: `SubnetIds.SubnetIdentifier.1`, `TagKeys.member.1`. */
function listIn(call: Call, name: string): string[] {
  const form = new RegExp(`^${name}\\.\\w+\\.\\d+$`);
  return Object.entries(jsonInput(call)).flatMap(([field, value]) =>
    form.test(field) ? [String(value)] : [],
  );
}

function tagsIn(call: Call): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [field, key] of Object.entries(jsonInput(call))) {
    if (/^Tags\.\w+\.\d+\.Key$/.test(field))
      tags[String(key)] = textField(call, field.replace(/Key$/, 'Value'));
  }
  return tags;
}

function groupElement({ noun, arnElement, service }: Dialect, group: Group): XmlElement {
  const subnets = group.subnets.map(({ id, zone }) =>
    element('Subnet', [
      element('SubnetIdentifier', id),
      element('SubnetAvailabilityZone', [element('Name', zone)]),
      ...(service === 'rds' ? [element('SubnetStatus', 'Active')] : []),
    ]),
  );
  return element(noun, [
    element(`${noun}Name`, group.name),
    element(`${noun}Description`, group.description),
    element('VpcId', group.subnets[0]?.vpcId ?? ''),
    ...(service === 'rds' ? [element('SubnetGroupStatus', 'Complete')] : []),
    element('Subnets', subnets),
    element(arnElement, group.arn),
  ]);
}

function tagElements({ tags }: Group): XmlElement {
  return element(
    'TagList',
    Object.entries(tags).map(([key, value]) =>
      element('Tag', [element('Key', key), element('Value', value)]),
    ),
  );
}

function refuse(call: Call, bench: BenchContext, code: string, message: string): Answer {
  return bench.error(call, { status: 400, code, message });
}

async function subnetsFor(call: Call, bench: BenchContext, dialect: Dialect) {
  const ids = listIn(call, 'SubnetIds');
  const subnets = await subnetsOf(bench, call, ids);
  const areOfOneVpc = new Set(subnets?.map(({ vpcId }) => vpcId)).size === 1;
  const wrong = subnets === undefined ? dialect.noSubnets(ids) : INVALID_SUBNET;
  if (subnets === undefined || !areOfOneVpc) return refuse(call, bench, wrong.code, wrong.message);
  if (new Set(subnets.map(({ zone }) => zone)).size >= dialect.zones) return subnets;
  const message = `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to cover at least ${dialect.zones} AZs.`;
  return refuse(call, bench, 'DBSubnetGroupDoesNotCoverEnoughAZs', message);
}

function overlaysOf(dialect: Dialect): Overlay[] {
  const { service, noun, inUseCode } = dialect;
  const api = service === 'rds' ? 'Amazon RDS API' : 'Amazon ElastiCache API';

  /** The group that the call names; else what the service says. */
  function named(call: Call, bench: BenchContext): Group | Answer {
    const name = nameIn(call, dialect);
    return groups(bench).get(arnOf(call, dialect, name)) ?? bench.error(call, notFound(dialect, name));
  }

  function shown(call: Call, bench: BenchContext, group: Group): Answer {
    return bench.success(call, writeXml(groupElement(dialect, group)));
  }

  const create: Overlay = {
    service,
    operation: `Create${noun}`,
    source: `${api}, Create${noun}: its name, SubnetIds and Errors`,
    async before(call, bench) {
      const name = nameIn(call, dialect);
      if (!dialect.namePattern.test(name))
        return refuse(
          call,
          bench,
          'InvalidParameterValue',
          `The parameter ${noun}Name is not a valid identifier.`,
        );
      if ((await ask(bench, call, 'GetRole', { RoleName: dialect.role })) === undefined)
        return refuse(call, bench, dialect.withoutRole.code, dialect.withoutRole.message);
      const arn = arnOf(call, dialect, name);
      const subnets = await subnetsFor(call, bench, dialect);
      if (groups(bench).has(arn))
        return refuse(call, bench, `${noun}AlreadyExists`, `The subnet group '${name}' already exists.`);
      if (!Array.isArray(subnets)) return subnets;
      const description = textField(call, `${noun}Description`);
      const group = { name, arn, description, subnets, tags: tagsIn(call), users: [] };
      groups(bench).set(arn, group);
      return shown(call, bench, group);
    },
  };

  const describe: Overlay = {
    service,
    operation: `Describe${noun}s`,
    source: `${api}, Describe${noun}s`,
    before(call, bench) {
      const one = nameIn(call, dialect) === '' ? undefined : named(call, bench);
      if (one !== undefined && 'status' in one) return one;
      const prefix = arnOf(call, dialect, '');
      const all =
        one === undefined ? [...groups(bench).values()].filter(({ arn }) => arn.startsWith(prefix)) : [one];
      return bench.success(
        call,
        writeXml(
          element(
            `${noun}s`,
            all.map(group => groupElement(dialect, group)),
          ),
        ),
      );
    },
  };

  const modify: Overlay = {
    service,
    operation: `Modify${noun}`,
    source: `${api}, Modify${noun}: SubnetIds in the same VPC`,
    async before(call, bench) {
      const group = named(call, bench);
      if ('status' in group) return group;
      if (listIn(call, 'SubnetIds').length > 0) {
        const subnets = await subnetsFor(call, bench, dialect);
        if (!Array.isArray(subnets)) return subnets;
        if (subnets[0]?.vpcId !== group.subnets[0]?.vpcId)
          return refuse(
            call,
            bench,
            'InvalidSubnet',
            'The new Subnets are not in the same Vpc as the existing subnet group',
          );
        group.subnets = subnets;
      }
      group.description = textField(call, `${noun}Description`) || group.description;
      return shown(call, bench, group);
    },
  };

  const remove: Overlay = {
    service,
    operation: `Delete${noun}`,
    source: `${api}, Delete${noun}: ${inUseCode}`,
    before(call, bench) {
      const group = named(call, bench);
      if ('status' in group) return group;
      if (group.users.length > 0) {
        const message = `Cannot delete the subnet group '${group.name}' because at least one database instance: ${group.users.join(', ')} is still using it.`;
        return refuse(call, bench, inUseCode, message);
      }
      groups(bench).delete(group.arn);
      return bench.success(call, '');
    },
  };

  const tags: Overlay = {
    service,
    operation: ['ListTagsForResource', 'AddTagsToResource', 'RemoveTagsFromResource'],
    source: `${api}, ListTagsForResource, AddTagsToResource, RemoveTagsFromResource`,
    before(call, bench) {
      const arn = textField(call, 'ResourceName');
      const group = groups(bench).get(arn);
      if (group === undefined) return bench.error(call, notFound(dialect, arn.replace(/^.*:/, '')));
      if (call.operation === 'AddTagsToResource') Object.assign(group.tags, tagsIn(call));
      if (call.operation === 'RemoveTagsFromResource')
        for (const key of listIn(call, 'TagKeys')) delete group.tags[key];
      const isSilent = service === 'rds' && call.operation !== 'ListTagsForResource';
      return bench.success(call, isSilent ? '' : writeXml(tagElements(group)));
    },
  };

  return [create, describe, modify, remove, tags];
}

export const subnetGroupOverlays: Overlay[] = DIALECTS.flatMap(overlaysOf);
