// Facts about the machine that name neither it nor its user.
import { arch, platform, release } from 'node:os';

export function machineFacts() {
  return { platform: platform(), release: release(), architecture: arch(), node: process.versions.node };
}
