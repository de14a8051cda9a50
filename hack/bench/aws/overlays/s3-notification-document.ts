/** A bucket's notification configuration. Source: S3 API, PutBucketNotificationConfiguration. */
import { randomBytes } from 'node:crypto';
import { escapeXml, unescapeXml, xmlElements } from '../xml.ts';
import { xmlField } from './s3-questions.ts';

export interface Target {
  kind: 'Queue' | 'Topic';
  id: string;
  arn: string;
  events: string[];
  prefix: string;
  suffix: string;
}

export interface Notification {
  targets: Target[];
  eventBridge: boolean;
}

const space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** From the request's or our own XML; functions are not looked at. */
export function parseNotification(xml: string): Notification {
  const targets: Target[] = [];
  for (const kind of ['Topic', 'Queue'] as const) {
    for (const inner of xmlElements(xml, `${kind}Configuration`)) targets.push(parseTarget(kind, inner));
  }
  return { targets, eventBridge: xml.includes('<EventBridgeConfiguration') };
}

function parseTarget(kind: Target['kind'], inner: string): Target {
  const rule = (name: string) => {
    const rules = xmlElements(inner, 'FilterRule');
    return xmlField(rules.find(text => xmlField(text, 'Name')?.toLowerCase() === name) ?? '', 'Value') ?? '';
  };
  return {
    kind,
    // "If you don't provide one, Amazon S3 will assign an ID."
    id: xmlField(inner, 'Id') || randomBytes(24).toString('base64url'),
    arn: xmlField(inner, kind) ?? '',
    events: xmlElements(inner, 'Event').map(unescapeXml),
    prefix: rule('prefix'),
    suffix: rule('suffix'),
  };
}

export function writeNotification({ targets, eventBridge }: Notification): string {
  const parts = targets.map(({ kind, id, arn, events, prefix, suffix }) => {
    const rules = [...(prefix ? [['prefix', prefix]] : []), ...(suffix ? [['suffix', suffix]] : [])]
      .map(
        ([name = '', value = '']) =>
          `<FilterRule><Name>${name}</Name><Value>${escapeXml(value)}</Value></FilterRule>`,
      )
      .join('');
    return `<${kind}Configuration><Id>${escapeXml(id)}</Id><${kind}>${escapeXml(arn)}</${kind}>${events
      .map(event => `<Event>${escapeXml(event)}</Event>`)
      .join('')}${rules && `<Filter><S3Key>${rules}</S3Key></Filter>`}</${kind}Configuration>`;
  });
  const bridge = eventBridge ? '<EventBridgeConfiguration></EventBridgeConfiguration>' : '';
  return `<NotificationConfiguration ${space}>${parts.join('')}${bridge}</NotificationConfiguration>`;
}

/** "Configurations on the same bucket cannot share a common event type" for the same keys. */
export function overlapOf(targets: Target[]): string | undefined {
  for (const [index, one] of targets.entries()) {
    for (const other of targets.slice(index + 1)) {
      const prefixes = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
      const suffixes = one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
      const events = one.events.some(event =>
        other.events.some(event2 => covers(event, event2) || covers(event2, event)),
      );
      if (prefixes && suffixes && events)
        return 'Configurations overlap. Configurations on the same bucket cannot share a common event type.';
    }
  }
  return undefined;
}

/** Whether the event pattern `s3:ObjectCreated:*` means the event. */
export function covers(pattern: string, event: string): boolean {
  return pattern === event || (pattern.endsWith('*') && event.startsWith(pattern.slice(0, -1)));
}
