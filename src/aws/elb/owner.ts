import { madeFor } from '../leftovers/proof.ts';
import type { AwsScope } from '../scope.ts';
import { listClassicLoadBalancers, listLoadBalancers, tagsOfArns, tagsOfNames } from './read.ts';

/**
 * Load balancers by how AWS describes their network interfaces, in words that lead to their owner: `load balancer
 * k8s-web-1 of Service shop/web`.
 */
export async function loadBalancersByInterface(scope: AwsScope): Promise<ReadonlyMap<string, string>> {
  const [all, classic] = await Promise.all([listLoadBalancers(scope), listClassicLoadBalancers(scope)]);
  const [tags, classicTags] = await Promise.all([
    tagsOfArns(
      scope,
      all.map(one => one.id),
    ),
    tagsOfNames(
      scope,
      classic.map(one => one.id),
    ),
  ]);
  const words = new Map<string, string>();
  for (const [balancers, known] of [
    [all, tags],
    [classic, classicTags],
  ] as const) {
    for (const { id, name, interfaces } of balancers) {
      const object = madeFor(known.get(id) ?? {});
      words.set(interfaces, `load balancer ${name}${object === undefined ? '' : ` of ${object}`}`);
    }
  }
  return words;
}
