import { z } from 'zod';
import { choice, flag, text } from './fields.ts';
import { fixed, present, type Rule, rules } from './rules.ts';

// RFC 1123, section 2.1; at least two labels, since AWS delegates no top-level domain.
const domainName = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.])+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

// AWS Certificate Manager API Reference, RequestCertificate, DomainName.
const LONGEST_CERTIFIED = 64;

const Fields = z.object({
  domain: text(
    {
      pattern: domainName,
      says: 'must be a domain name such as dev.example.com, in lower case, without a dot at its end',
      max: 253,
    },
    'The domain of the environment. Cannot be changed.',
  ),
  existingZoneId: text(
    {
      pattern: /^Z[A-Z0-9]{4,31}$/,
      says: 'must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ',
      max: 32,
    },
    'A public hosted zone of the account that is there already, of the domain or of one above it. It is used and stays. ' +
      'Written to it are only the validation record of the certificate and, below that, a TXT record that says whose it ' +
      'is; and when the environment is deleted, the records of the domain and below it that external-dns made with the ' +
      "cluster's name as their owner are deleted from it. Where dns leaves the spec before that they stay, and are looked for by " +
      'nobody: have external-dns delete them first. Default: a zone is made.',
  ).optional(),
  delegationCheck: choice(
    ['Resolver', 'Skip'],
    'How it is known that the domain is delegated to the zone. Resolver: DNS is asked. Skip: it is taken for true, for ' +
      'split-horizon DNS. Default: Resolver.',
  ).optional(),
  certificate: flag(
    'Whether there is a certificate for the domain and all names one level below it. When it goes, its validation record stays ' +
      'in a zone that was made here as long as that does: others may renew by it. Default: true.',
  ).optional(),
});

export const Dns = Fields.meta(
  rules({
    rule: `size(self.domain) <= ${LONGEST_CERTIFIED} || (has(self.certificate) && !self.certificate)`,
    message: `ACM makes a certificate for a domain of ${LONGEST_CERTIFIED} characters at most: set certificate to false, or choose a shorter domain`,
    fieldPath: '.domain',
  }),
);
export type Dns = z.infer<typeof Dns>;

const both = `${present('self', 'dns')} && ${present('oldSelf', 'dns')}`;

/** On spec: there they are looked at whatever becomes of `dns`. */
export const dnsRules: readonly Rule[] = [
  {
    // AWS GovCloud (US) User Guide, "Amazon Route 53": "Route 53 public hosted zones are not available."
    rule: "!has(self.dns) || !self.region.startsWith('us-gov-')",
    message: 'Route 53 has no public zones in AWS GovCloud (US): leave out dns',
    fieldPath: '.dns',
  },
  {
    rule: `!(${both}) || self.dns.domain == oldSelf.dns.domain`,
    message:
      'dns.domain cannot be changed: a zone cannot be renamed; take dns away and set it again with the other domain, or make a new OptaEnvironment',
    fieldPath: '.dns.domain',
    reason: 'FieldValueForbidden',
  },
  {
    rule: `!(${both}) || ${present('self', 'dns.existingZoneId')} == ${present('oldSelf', 'dns.existingZoneId')}`,
    message:
      'dns.existingZoneId cannot be set or taken away later: take dns away and set it again as it is to be',
    fieldPath: '.dns.existingZoneId',
    reason: 'FieldValueForbidden',
  },
  // A domain can leave the spec, and with it its zone: what was made for it goes then.
  fixed(
    'dns.existingZoneId',
    'dns.existingZoneId cannot be changed: take dns away and set it again with the other zone',
  ),
];
