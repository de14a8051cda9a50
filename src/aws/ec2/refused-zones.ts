/**
 * Zones that EKS takes no subnets of for its control plane. Amazon EKS User Guide, "View Amazon EKS networking
 * requirements for VPC and subnets".
 */
export const REFUSED_BY_EKS: ReadonlySet<string> = new Set(['use1-az3', 'usw1-az2', 'cac1-az3']);
