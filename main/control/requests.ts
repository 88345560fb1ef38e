// Requests that every running engine answers on its control socket, beside those of the page.
import type { RegistryPart } from '../app/registry.ts';
import { credentialRequest } from './credentials.ts';
import { fileRequests } from './files.ts';
import { loginRequest } from './login.ts';
import { planRequest } from './plan.ts';
import type { ExtraRequest } from './socket.ts';

/** By name. Both lists may grow and shrink while the engine runs. */
export function engineRequests({ accounts, pairs }: RegistryPart): Readonly<Record<string, ExtraRequest>> {
  return {
    credentials: credentialRequest(accounts, pairs),
    files: fileRequests(pairs),
    planOps: planRequest(pairs),
    login: loginRequest(accounts, pairs),
  };
}
