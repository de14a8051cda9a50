import type { Overlay } from '../overlay.ts';
import { imageReleases } from './catalogue.ts';
import { settingsOf } from './settings.ts';

const FORMS: readonly (readonly [form: RegExp, amiType: string])[] = [
  [
    /^\/aws\/service\/eks\/optimized-ami\/(1\.\d{2})\/amazon-linux-2023\/(?:x86_64|arm64)\/standard\/recommended\/release_version$/,
    'AL2023',
  ],
  [
    /^\/aws\/service\/bottlerocket\/aws-k8s-(1\.\d{2})\/(?:x86_64|arm64)\/latest\/image_version$/,
    'BOTTLEROCKET',
  ],
];

/** The image that AWS recommends for nodes, as its public parameter: the last one that the bench's EKS knows. */
export const imageParametersOverlay: Overlay = {
  service: 'ssm',
  operation: 'GetParameter',
  source:
    'Amazon EKS User Guide, "Retrieve recommended Amazon Linux AMI IDs", "Retrieve recommended Bottlerocket AMI IDs"; Systems Manager API Reference, GetParameter',
  before(call, bench) {
    const name = typeof call.input === 'string' ? '' : String(call.input.Name);
    for (const [form, amiType] of FORMS) {
      const version = form.exec(name)?.[1];
      if (version === undefined) continue;
      const Value = imageReleases(version, amiType, settingsOf(bench)).at(-1);
      const ARN = `arn:aws:ssm:${call.region}::parameter${name}`;
      return bench.success(call, { Parameter: { Name: name, Type: 'String', Value, Version: 1, ARN } });
    }
    const message = `Parameter ${name} not found.`;
    return bench.error(call, { status: 400, code: 'ParameterNotFound', message });
  },
};
