import { createHash } from 'node:crypto';
import { jsonInput, type Overlay, textField } from '../../overlay.ts';

export const thumbprintOverlay: Overlay = {
  service: 'iam',
  operation: 'CreateOpenIDConnectProvider',
  source:
    'IAM API, CreateOpenIDConnectProvider, ThumbprintList: "If it is not included, IAM will retrieve and use the top intermediate certificate authority (CA) thumbprint"',
  before(call) {
    const input = jsonInput(call);
    if (Object.keys(input).some(field => field.startsWith('ThumbprintList.'))) return undefined;
    input['ThumbprintList.member.1'] = createHash('sha1').update(textField(call, 'Url')).digest('hex');
    return undefined;
  },
};
