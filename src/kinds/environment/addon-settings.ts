import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { Problem } from '../kind.ts';
import { madeCluster } from './cluster-spec.ts';

export type AddonSettings = Readonly<Record<string, unknown>>;

/** Undefined where the text is no JSON object: to guess would give an add-on that runs AWS's defaults again. */
export function addonSettings(text: string): AddonSettings | undefined {
  const value = parsed(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

export function settingsField(addon: string): string {
  return `spec.kubernetes.addons[${addon}].configuration`;
}

/** Admission sees a text. */
export function addonSettingsProblem(spec: OptaEnvironmentSpec): Problem | undefined {
  for (const { name, configuration } of madeCluster(spec)?.addons ?? []) {
    if (configuration === undefined || addonSettings(configuration) !== undefined) continue;
    const found =
      parsed(configuration) === undefined ? 'is not JSON' : 'is JSON, and not an object in braces';
    return {
      field: settingsField(name),
      reason: 'InvalidSpec',
      message:
        `${found}: write such as '{"resources":{"limits":{"memory":"256Mi"}}}', by what aws eks describe-addon-configuration ` +
        'answers, or leave it out for the defaults of the add-on; until then nothing of this environment is changed in AWS',
    };
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
