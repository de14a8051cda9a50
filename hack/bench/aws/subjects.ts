/** What a write needs AWS to know already: what it changes, and what it refers to. */

import { MADE_BY_NAME } from './creations.ts';
import { ec2NotFound } from './ec2-resources.ts';
import { type Call, jsonInput, textField } from './overlay.ts';

/** Not looked up until something is started by the template ("Amazon EC2 API Reference", CreateLaunchTemplate). */
const NOT_LOOKED_UP = /^LaunchTemplateData\./;

export function subjectsOf(call: Call): string[] {
  const own = MADE_BY_NAME.has(call.operation) ? [] : [call.resource];
  if (call.service === 'ec2') {
    for (const [field, value] of Object.entries(jsonInput(call)))
      if (typeof value === 'string' && ec2NotFound(value) !== undefined && !NOT_LOOKED_UP.test(field))
        own.push(value);
  }
  // An alias and a grant of KMS are made of a key.
  if (call.service === 'kms') own.push(textField(call, 'TargetKeyId'), textField(call, 'KeyId'));
  return own.filter(one => one !== '');
}
