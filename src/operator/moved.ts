import type { Entry, Inventory } from '../engine/inventory.ts';
import { wayToAbandon } from './deletion.ts';
import { isDeleting, label, type OptaObject } from './objects.ts';
import type { Verdict } from './verdict.ts';

interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** Of the two, what an ARN says; S3's say neither, those of IAM no region. */
type PlaceInArn = Partial<Place>;

/**
 * What was made elsewhere than where the environment is now, as its ARN says. The inventory has only what the object owns,
 * and an object makes nothing outside of its environment's account and region; `aws` in place of an account is AWS itself.
 */
export function madeElsewhere(
  resources: Inventory,
  { accountId, region }: Place,
): { readonly entry: Entry; readonly place: PlaceInArn } | undefined {
  for (const entry of resources) {
    const place = placeIn(entry.arn ?? '');
    if ((place.accountId ?? accountId) !== accountId || (place.region ?? region) !== region)
      return { entry, place };
  }
  return undefined;
}

/** "Amazon Resource Names (ARNs)" in the IAM User Guide: arn:partition:service:region:account-id:resource. */
function placeIn(arn: string): PlaceInArn {
  const [, region, accountId] = /^arn:[^:]+:[^:]+:([^:]*):([^:]*):/.exec(arn) ?? [];
  return {
    ...(region ? { region } : {}),
    ...(/^\d{12}$/.test(accountId ?? '') ? { accountId } : {}),
  } as PlaceInArn;
}

/**
 * The environment was made anew under its name in another account or region: looked for there, everything would be taken
 * for gone, made again or forgotten, and live on where it is.
 */
export function movedVerdict(object: OptaObject, environment: string, now: Place): Verdict | undefined {
  const made = madeElsewhere(object.status?.resources ?? [], now);
  if (made === undefined) return undefined;
  const { entry, place } = made;
  return {
    ready: false,
    reason: 'InvalidSpec',
    message:
      `${entry.node} was made in ${words(place)}, and OptaEnvironment ${environment} says ${words(now)} now: nothing is looked for ` +
      `or changed in AWS. Make the environment anew with the old account and region, or ${wayToLeave(object)}`,
    stalled: true,
  };
}

/**
 * Names and tags of another installation are not found under those of this one: all would be taken for gone, made a second time,
 * or let go without a word. `made`: the object, and its environment where there is one.
 */
export function anothersVerdict(
  made: readonly (OptaObject | undefined)[],
  { installation }: { readonly installation: string },
  object: OptaObject,
): Verdict | undefined {
  const other = made.find(one => one !== undefined && (madeBy(one) ?? installation) !== installation);
  if (other === undefined) return undefined;
  const by = madeBy(other);
  return {
    ready: false,
    reason: 'Conflict',
    message:
      `${label(other)} was made by the installation ${by}, and this operator is the installation ${installation}: nothing is looked for or ` +
      `changed in AWS. Start it with --installation ${by}, or end it where another operator of that installation runs; or ${wayToLeave(object)}`,
    stalled: true,
  };
}

function wayToLeave(object: OptaObject): string {
  return `${isDeleting(object) ? '' : 'delete this object and '}${wayToAbandon(object)}`;
}

function madeBy({ status }: OptaObject): string | undefined {
  return (status?.resources ?? []).length === 0 ? undefined : status?.installation;
}

function words({ accountId, region }: PlaceInArn): string {
  return [
    ...(accountId === undefined ? [] : [`account ${accountId}`]),
    ...(region === undefined ? [] : [`region ${region}`]),
  ].join(', ');
}
