import { awaitingApproval } from '../../support/approval.ts';
import { environment, type Manifest } from '../../support/manifests.ts';
import { allReady, isTrue } from '../../support/settle.ts';
import { type Act, applied, deleted, type Story } from '../../support/story.ts';

const plain = environment({ logBucket: { mode: 'Disabled' } });
/** Delegated as soon as there is a zone: the bench says so of every domain. */
const withDomain = withDns({});
/** Neither is asked for: the certificate goes, and so does the look at DNS. */
const bare = withDns({ certificate: false, delegationCheck: 'Skip' });

function withDns(dns: object): Manifest {
  return environment({ logBucket: { mode: 'Disabled' }, dns: { domain: 'dev.example.com', ...dns } });
}

/** It is Ready before: nobody waits for a domain that is not delegated yet. */
const set: Act = {
  ...applied(withDomain),
  until: objects =>
    objects.length > 0 && objects.every(one => allReady([one]) && isTrue(one, 'CertificateIssued')),
};

/** More than Route 53 takes in one call. */
const TAGS = { team: 'shop', stage: 'dev', costs: '4711', owner: 'jane', data: 'none' };
const tagged: Manifest = { ...withDomain, spec: { ...withDomain.spec, tags: TAGS } };

export const domainCreation: Story = {
  name: 'OptaEnvironment: created with a domain and many tags',
  before: [],
  acts: [{ ...applied(tagged), until: set.until }],
};

export const DOMAIN_STORIES: readonly Story[] = [
  {
    name: 'OptaEnvironment: created with a domain and many tags, its certificate removed and set again, all of it removed and set again, and deleted',
    before: [],
    acts: [
      ...domainCreation.acts,
      ...awaitingApproval(bare),
      set,
      ...awaitingApproval(plain),
      set,
      deleted(withDomain),
    ],
  },
];
