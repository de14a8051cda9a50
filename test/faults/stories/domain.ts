import { awaitingApproval } from '../../support/approval.ts';
import { environment } from '../../support/manifests.ts';
import { allReady, isTrue } from '../../support/settle.ts';
import { type Act, applied, deleted, type Story } from '../../support/story.ts';

const plain = environment({ logBucket: { mode: 'Disabled' } });
/** Delegated as soon as there is a zone: the bench says so of every domain. */
const withDomain = environment({ logBucket: { mode: 'Disabled' }, dns: { domain: 'dev.example.com' } });

/** It is Ready before: nobody waits for a domain that is not delegated yet. */
const set: Act = {
  ...applied(withDomain),
  until: objects =>
    objects.length > 0 && objects.every(one => allReady([one]) && isTrue(one, 'CertificateIssued')),
};

export const domainCreation: Story = {
  name: 'OptaEnvironment: created with a domain',
  before: [],
  acts: [set],
};

export const DOMAIN_STORIES: readonly Story[] = [
  domainCreation,
  {
    name: 'OptaEnvironment: a domain set and removed',
    before: [applied(plain)],
    acts: [set, ...awaitingApproval(plain)],
  },
  {
    name: 'OptaEnvironment: deleted with its domain',
    before: [set],
    acts: [deleted(withDomain)],
  },
];
