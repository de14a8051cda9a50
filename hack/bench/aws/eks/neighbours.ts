/** What EKS asks of EC2, IAM and KMS, and makes in EC2. */
import type { Place } from '../overlays/questions.ts';

/** `unknown`: there is nobody to ask, and the thing is taken for good; undefined: it does not exist. */
export type Asked<T> = T | 'unknown' | undefined;

export interface Subnet {
  id: string;
  vpcId: string;
  zone: string;
  zoneId: string;
}

export interface Role {
  /** Milliseconds since 1970. */
  createdAt?: number;
  /** Services of its trust policy: `eks.amazonaws.com`. */
  trusts: readonly string[];
}

export interface LaunchTemplate {
  id: string;
  name: string;
  /** Number of the version asked for, or of the default version. */
  version: string;
  /** What its data hold, of what EKS looks at. */
  has: { instanceType: boolean; image: boolean; subnet: boolean; instanceProfile: boolean };
  /** Whether its instances show their tags in their metadata; undefined: as the account has it. */
  showsTags?: boolean;
  /** That volumes are encrypted with, as far as the template names them. */
  volumeKeys?: readonly string[];
}

export interface SecurityGroup {
  vpcId: string;
}

export interface Key {
  arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`. */
  state: string;
}

export interface Neighbours {
  role(place: Place, arn: string): Promise<Asked<Role>>;
  /** A user, by ARN. */
  user(place: Place, arn: string): Promise<Asked<true>>;
  subnet(place: Place, id: string): Promise<Asked<Subnet>>;
  securityGroup(place: Place, id: string): Promise<Asked<SecurityGroup>>;
  launchTemplate(
    place: Place,
    of: { id?: string; name?: string; version?: string },
  ): Promise<Asked<LaunchTemplate>>;
  key(place: Place, reference: string): Promise<Asked<Key>>;
  /** Why Auto Scaling cannot start instances whose volumes are encrypted with the key; undefined where it can. */
  volumeKeyProblem(place: Place, reference: string): Promise<string | undefined>;
  /** Makes the cluster's security group with its two default rules; answers its id. */
  makeClusterGroup(place: Place, of: { name: string; cluster: string; vpcId: string }): Promise<string>;
  removeGroup(place: Place, id: string): Promise<void>;
  /** Makes a network interface of the control plane; answers its id. */
  makeInterface(
    place: Place,
    of: { subnetId: string; groupIds: readonly string[]; description: string },
  ): Promise<string>;
  removeInterface(place: Place, id: string): Promise<void>;
  /** With its service-linked role, which makes the group where it finds none. */
  writeLogs(place: Place, group: string): Promise<void>;
}
