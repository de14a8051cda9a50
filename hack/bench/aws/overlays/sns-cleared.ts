import type { Answer } from '../overlay.ts';
import { withBody } from './questions.ts';

const clearable = 'KmsMasterKeyId|DeliveryPolicy|FilterPolicy|RedrivePolicy|TracingConfig';
const defaultScope = '<entry><key>FilterPolicyScope</key><value>MessageAttributes</value></entry>';

/** The answer of GetTopicAttributes or GetSubscriptionAttributes without what was set to nothing, as AWS shows it. */
export function withoutCleared(answer: Answer): Answer {
  if (answer.status !== 200) return answer;
  const empty = new RegExp(`<entry><key>(${clearable})</key><value>(\\{\\})?</value></entry>`, 'g');
  const text = answer.body.toString('utf8').replace(empty, '');
  // The scope comes and goes with the filter.
  if (!text.includes('<key>FilterPolicy</key>'))
    return withBody(answer, text.replace(/<entry><key>FilterPolicyScope<\/key>.*?<\/entry>/, ''));
  if (text.includes('<key>FilterPolicyScope</key>')) return withBody(answer, text);
  return withBody(answer, text.replace('</Attributes>', `${defaultScope}</Attributes>`));
}
