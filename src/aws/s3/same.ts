import { canonicalKey } from './notification-key.ts';

/** What S3 gives back in other words than it was given, compared by meaning. */

/** Without undefined members and with keys in one order, so that two readings of one value are one text. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([, one]) => one !== undefined && !(Array.isArray(one) && one.length === 0),
  );
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, plain(one)]),
  );
}

export function sameValue(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

/** Rules are a set; "no filter" has three forms, of which S3 gives back the one it likes (LifecycleRuleFilter). */
export function sameLifecycle(a: unknown, b: unknown): boolean {
  return sameSet(a, b, rule => {
    const { Filter, Prefix, Expiration, ...rest } = rule;
    const filter = isObject(Filter) ? Filter : { Prefix };
    const { Prefix: prefix = '', ...conditions } = filter;
    const expiration = isObject(Expiration) ? withoutFalse(Expiration) : undefined;
    const lists = Object.entries(rest).map(([key, one]) => [key, Array.isArray(one) ? asSet(one) : one]);
    return {
      ...Object.fromEntries(lists),
      Filter: prefix === '' ? conditions : { ...conditions, Prefix: prefix },
      Expiration: expiration,
    };
  });
}

/** Rules are a set that priorities order; what is left out of one is off, and a filter for everything has three forms. */
export function sameReplication(a: unknown, b: unknown): boolean {
  return sameSet(a, b, rule => {
    const { Filter, Prefix, SourceSelectionCriteria, DeleteMarkerReplication, ...rest } = rule;
    const { ExistingObjectReplication, ...others } = rest;
    const { Prefix: prefix = '', ...conditions } = isObject(Filter) ? Filter : { Prefix };
    const selected = isObject(SourceSelectionCriteria) ? Object.entries(SourceSelectionCriteria) : [];
    return {
      ...others,
      Filter: prefix === '' ? conditions : { ...conditions, Prefix: prefix },
      SourceSelectionCriteria: Object.fromEntries(selected.filter(([, one]) => isOn(one))),
      DeleteMarkerReplication: isOn(DeleteMarkerReplication),
      ExistingObjectReplication: isOn(ExistingObjectReplication),
    };
  });
}

function isOn(setting: unknown): boolean {
  return member(setting, 'Status') === 'Enabled';
}

/** The order of rules decides which answers a browser; the order within one means nothing. None is as without any configuration. */
export function sameCors(a: unknown, b: unknown): boolean {
  const rules = (value: unknown = []) =>
    Array.isArray(value)
      ? value
          .filter(isObject)
          .map(rule =>
            Object.fromEntries(
              Object.entries(rule).map(([key, one]) => [key, Array.isArray(one) ? asSet(one) : one]),
            ),
          )
      : value;
  return sameValue(rules(a), rules(b));
}

/**
 * Destinations, events and filter rules are sets; the names of filter rules come back as `Prefix` and `Suffix`, and what is
 * empty filters nothing.
 */
export function sameNotifications(a: unknown, b: unknown): boolean {
  return ['QueueConfigurations', 'TopicConfigurations'].every(kind =>
    sameSet(member(a, kind) ?? [], member(b, kind) ?? [], ({ Events, Filter, ...rest }) => {
      const rules = member(member(Filter, 'Key'), 'FilterRules');
      const filters = (Array.isArray(rules) ? rules.filter(isObject) : [])
        .map(rule => ({
          ...rule,
          Name: String(rule.Name).toLowerCase(),
          Value: canonicalKey(String(rule.Value ?? '')),
        }))
        .filter(rule => rule.Value !== '');
      return { ...rest, Events: asSet(Array.isArray(Events) ? Events : []), rules: asSet(filters) };
    }),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function member(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function withoutFalse(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, one]) => one !== false));
}

function asSet(list: readonly unknown[]): readonly string[] {
  return list.map(textOf).sort();
}

function sameSet(a: unknown, b: unknown, meaning: (one: Fields) => Fields): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return sameValue(a, b);
  const texts = (list: readonly unknown[]) =>
    asSet(list.map(one => (isObject(one) ? plain(meaning(one)) : one)));
  return sameValue(texts(a), texts(b));
}

function textOf(value: unknown): string {
  return JSON.stringify(plain(value)) ?? '';
}
