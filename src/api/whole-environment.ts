import type { z } from 'zod';
import { Cluster, clusterRules } from './cluster.ts';
import { Dns, dnsRules } from './dns.ts';
import { OptaEnvironmentSpec } from './environment.ts';
import { Network, networkRules } from './network.ts';
import type { Rule } from './rules.ts';

/**
 * An environment with network, cluster and domain. The API server is not told of it yet: this version makes environments
 * for messaging and storage (`environment.ts`).
 */
export const WholeEnvironmentSpec = OptaEnvironmentSpec.extend({
  network: Network.describe('The network of the environment. Default: made, as its fields say.').optional(),
  kubernetes: Cluster.describe('The EKS cluster of the environment. Default: none.').optional(),
  dns: Dns.describe('The domain of the environment. Default: none.').optional(),
});
export type WholeEnvironmentSpec = z.infer<typeof WholeEnvironmentSpec>;

export const wholeEnvironmentRules: readonly Rule[] = [...networkRules, ...clusterRules, ...dnsRules];
